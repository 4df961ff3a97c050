import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Keyring } from '@app/tenants';
import { describe, expect, it } from 'vitest';
import { deferred } from '../testing/deferred.js';
import { KeptAnswer, type KeepingParts, type ReplayObjects } from './kept-answer.js';
import { OpenRecords, SealRecords } from './sealed-records.js';

const ring = new Keyring(Buffer.alloc(32, 1));
const place = { purpose: 'replay', rowId: 'replays/1' };
const MAX_BYTES = 300_000;

/** As an output store does: whole or not at all. */
class Objects implements ReplayObjects {
  readonly kept = new Map<string, Buffer>();

  async put(key: string, source: Readable): Promise<void> {
    this.kept.set(key, await buffer(source));
  }

  async open(): Promise<null> {
    return await Promise.resolve(null);
  }

  async delete(key: string): Promise<void> {
    this.kept.delete(key);
    await Promise.resolve();
  }
}

function keeping(objects: Objects, more: Partial<KeepingParts> = {}): KeptAnswer {
  return new KeptAnswer({
    objects,
    objectKey: 'replays/1',
    seal: new SealRecords(ring, place),
    maxBytes: MAX_BYTES,
    patienceMs: 60_000,
    onError: () => undefined,
    ...more,
  });
}

/** What comes out, with the answer written in two pieces. */
async function pass({ passing }: KeptAnswer, bytes: Buffer): Promise<Buffer> {
  const half = Math.floor(bytes.length / 2);
  passing.write(bytes.subarray(0, half));
  passing.end(bytes.subarray(half));
  return await buffer(passing);
}

describe('an answer that is kept as it passes', () => {
  it('comes out as it went in, and lies sealed in the store', async () => {
    const objects = new Objects();
    const answer = keeping(objects);
    const bytes = randomBytes(200_000);

    const out = await pass(answer, bytes);

    expect(out.equals(bytes)).toBe(true);
    expect(await answer.end()).toBe('kept');
    const opener = new OpenRecords(ring, place);
    opener.end(objects.kept.get('replays/1'));
    expect((await buffer(opener)).equals(bytes)).toBe(true);
    expect(answer.bytes).toBe(200_000);
  });

  it('passes whole when it is too large, and leaves nothing', async () => {
    const objects = new Objects();
    const answer = keeping(objects);
    const bytes = randomBytes(MAX_BYTES + 1);

    const out = await pass(answer, bytes);

    expect(out.equals(bytes)).toBe(true);
    expect(answer.isLost).toBe(true);
    expect(await answer.end()).toBe('too-large');
    expect(objects.kept.size).toBe(0);
  });

  it('passes whole when the store fails, which is told', async () => {
    const errors: unknown[] = [];
    const objects = new Objects();
    objects.put = async () => await Promise.reject(new Error('The disk is full'));
    const answer = keeping(objects, { onError: (error) => errors.push(error) });
    const bytes = randomBytes(200_000);

    const out = await pass(answer, bytes);

    expect(out.equals(bytes)).toBe(true);
    expect(await answer.end()).toBe('unkept');
    expect(errors).toEqual([new Error('The disk is full')]);
  });

  it('passes whole when the store takes nothing for too long', async () => {
    const objects = new Objects();
    const over = deferred();
    objects.put = async (_key, source) => {
      source.once('error', () => over.resolve());
      await over.promise;
      throw new Error('It was given up');
    };
    const answer = keeping(objects, { patienceMs: 1 });
    const bytes = randomBytes(250_000);

    const out = await pass(answer, bytes);

    expect(out.equals(bytes)).toBe(true);
    expect(await answer.end()).toBe('unkept');
  });

  it('waits for a store that is slow, so that little of it is in memory', async () => {
    const objects = new Objects();
    const opened = deferred<Readable>();
    objects.put = async (key, source) => {
      opened.resolve(source);
      const gate = new PassThrough();
      await go.promise;
      objects.kept.set(key, await buffer(source.pipe(gate)));
    };
    const go = deferred();
    const answer = keeping(objects);
    const out = buffer(answer.passing);
    const source = await opened.promise;
    for (let piece = 0; piece < 40; piece += 1) answer.passing.write(Buffer.alloc(7_000));
    await new Promise(setImmediate);

    expect(source.readableLength).toBeLessThan(150_000);
    go.resolve();
    answer.passing.end();
    expect(await out).toHaveLength(280_000);
    expect(await answer.end()).toBe('kept');
  });

  it('is not kept when it did not end', async () => {
    const objects = new Objects();
    const answer = keeping(objects);
    answer.passing.write('half of');

    expect(await answer.end()).toBe('unkept');
    expect(objects.kept.size).toBe(0);
  });

  it('is taken away again when it is not wanted', async () => {
    const objects = new Objects();
    const answer = keeping(objects);
    await pass(answer, randomBytes(1_000));
    expect(await answer.end()).toBe('kept');

    await answer.drop();

    expect(objects.kept.size).toBe(0);
  });
});
