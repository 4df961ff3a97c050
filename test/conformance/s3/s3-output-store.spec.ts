import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { inspect } from 'node:util';
import type { S3Settings } from '@app/outputs';
import { S3OutputStore } from '../../../libs/outputs/src/s3-output-store.js';
import { describeOutputStore } from '@app/outputs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cuttingProxy } from './cutting-proxy.js';
import { type S3Server, startS3Server } from './s3-server.js';

let server: S3Server;
beforeAll(async () => {
  server = await startS3Server();
});
afterAll(async () => await server[Symbol.asyncDispose]());

const MIB = 1024 * 1024;
const limits = { maxBytes: 64 * MIB };

async function settings(over: Partial<S3Settings> = {}): Promise<S3Settings> {
  return {
    endpoint: server.endpoint,
    region: 'us-east-1',
    bucket: await server.newBucket(),
    accessKeyId: { reveal: () => server.accessKeyId },
    secretAccessKey: { reveal: () => server.secretAccessKey },
    forcePathStyle: true,
    ...over,
  };
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describeOutputStore('S3OutputStore', async () => {
  const chosen = await settings();
  const store = new S3OutputStore(chosen);
  await store.claim('store-1');
  return {
    store,
    leftovers: async () => await server.openUploads(chosen.bucket),
    [Symbol.asyncDispose]: async () => {
      await Promise.resolve();
    },
  };
});

describe('S3OutputStore.link', () => {
  it('opens the bytes without a key, as the type and under the name it was made for', async () => {
    const store = new S3OutputStore(await settings());
    await store.put('outputs/a', Buffer.from('the bytes'), limits);

    const link = await store.link('outputs/a', {
      mime: 'image/png',
      filename: 'a "b".png',
      seconds: 60,
    });
    const answer = await fetch(link ?? '');

    expect(answer.status).toBe(200);
    expect(await answer.text()).toBe('the bytes');
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('content-disposition')).toBe('inline; filename="a__b_.png"');
  });

  it('serves parts of the bytes', async () => {
    const store = new S3OutputStore(await settings());
    await store.put('outputs/a', Buffer.from('0123456789'), limits);
    const link = await store.link('outputs/a', { mime: 'video/mp4', filename: 'a', seconds: 60 });

    const answer = await fetch(link ?? '', { headers: { range: 'bytes=2-4' } });

    expect(answer.headers.get('content-range')).toBe('bytes 2-4/10');
    expect(await answer.text()).toBe('234');
  });

  it('is worth nothing when another key is written into it', async () => {
    const store = new S3OutputStore(await settings());
    await store.put('outputs/a', Buffer.from('mine'), limits);
    await store.put('outputs/b', Buffer.from('not mine'), limits);
    const link = await store.link('outputs/a', { mime: 'image/png', filename: 'a', seconds: 60 });

    const answer = await fetch((link ?? '').replace('outputs/a', 'outputs/b'));

    expect(answer.status).toBe(403);
  });

  it('lives a quarter of an hour at most', async () => {
    const store = new S3OutputStore(await settings());

    const link = await store.link('outputs/a', { mime: 'image/png', filename: 'a', seconds: 9999 });

    expect(new URL(link ?? '').searchParams.get('X-Amz-Expires')).toBe('900');
  });
});

describe('S3OutputStore.claim', () => {
  it('marks a new bucket, knows it again, and does not list its mark', async () => {
    const chosen = await settings();

    expect(await new S3OutputStore(chosen).claim('store-1')).toBe('claimed');
    expect(await new S3OutputStore(chosen).claim('store-1', { mustExist: true })).toBe('matches');
    expect(await new S3OutputStore(chosen).list(null, 10)).toEqual([]);
  });

  it('refuses a bucket of another database', async () => {
    const chosen = await settings();
    await new S3OutputStore(chosen).claim('store-1');

    await expect(new S3OutputStore(chosen).claim('store-2')).rejects.toThrow(
      /belongs to store store-1, not to store-2 of this database/,
    );
  });

  it('refuses an empty bucket when the database has kept outputs before', async () => {
    const store = new S3OutputStore(await settings());

    await expect(store.claim('store-1', { mustExist: true })).rejects.toThrow('OUTPUT_STORE');
    expect(await store.claim('store-1')).toBe('claimed');
  });

  it.each([
    ['a wrong secret', { secretAccessKey: { reveal: () => 'not-the-secret' } }, /S3_SECRET_ACCESS/],
    ['an unknown key', { accessKeyId: { reveal: () => 'nobodys-key' } }, /S3_ACCESS_KEY_ID/],
    ['a bucket that is not there', { bucket: 'no-such-bucket' }, /NoSuchBucket.*S3_BUCKET/],
    ['an address where nobody listens', { endpoint: 'http://127.0.0.1:1' }, /S3_ENDPOINT/],
  ])('says what to look at after %s, and no secret', async (_, wrong, said) => {
    const store = new S3OutputStore(await settings(wrong));

    const failure = await failureOf(store.claim('store-1'));

    expect(failure).toMatchObject({ name: 'S3Error', message: expect.stringMatching(said) });
    expect(inspect(failure)).not.toMatch(/not-the-secret|nobodys-key/);
  });
});

describe('S3OutputStore on a bad line', () => {
  it('sends a part again when the connection breaks once in the middle of it', async () => {
    await using proxy = await cuttingProxy(server.port, { cuts: 1, afterBytes: 10 * MIB });
    const chosen = await settings({ endpoint: proxy.url });
    const bytes = Buffer.alloc(20 * MIB, 'x');

    const stored = await new S3OutputStore(chosen).put('outputs/a', Readable.from([bytes]), limits);

    expect(stored.bytes).toBe(bytes.length);
    expect(proxy.cuts()).toBe(1);
    expect(await new S3OutputStore(chosen).size('outputs/a')).toBe(bytes.length);
    expect(await server.openUploads(chosen.bucket)).toEqual([]);
  });

  it('fails, and leaves no object, when the connection breaks again and again', async () => {
    await using proxy = await cuttingProxy(server.port, { cuts: Infinity, afterBytes: MIB });
    const chosen = await settings({ endpoint: proxy.url });
    const bytes = Buffer.alloc(20 * MIB, 'x');

    const failure = await failureOf(
      new S3OutputStore(chosen).put('outputs/a', Readable.from([bytes]), limits),
    );

    expect(failure).toMatchObject({ name: 'S3Error' });
    expect(await new S3OutputStore({ ...chosen, endpoint: server.endpoint }).list(null, 9)).toEqual(
      [],
    );
    expect(await server.openUploads(chosen.bucket)).toEqual([]);
  });

  it('breaks off a download that the store breaks off', async () => {
    const chosen = await settings();
    await new S3OutputStore(chosen).put('outputs/a', Buffer.alloc(20 * MIB, 'x'), limits);
    await using proxy = await cuttingProxy(server.port, { cuts: Infinity, afterAnswered: MIB });
    const behindProxy = new S3OutputStore({ ...chosen, endpoint: proxy.url });

    const opened = await behindProxy.open('outputs/a');

    expect(opened?.size).toBe(20 * MIB);
    expect(await failureOf(opened ? text(opened.body) : Promise.resolve())).toBeInstanceOf(Error);
  });
});
