import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { LocalOutputStore } from './local-output-store.js';
import { describeOutputStore } from './testing/describe-output-store.js';
import { temporaryFolder } from './testing/temporary-folder.js';

const limits = { maxBytes: 1000 };

describeOutputStore('LocalOutputStore', async () => {
  const folder = await temporaryFolder();
  const store = new LocalOutputStore(folder.path);
  await store.claim('store-1');
  return {
    store,
    leftovers: async () => (await folder.files()).filter((file) => file.startsWith('parts/')),
    [Symbol.asyncDispose]: async () => await folder[Symbol.asyncDispose](),
  };
});

describe('LocalOutputStore', () => {
  it('keeps only the first 4 KiB of a large output as its head', async () => {
    await using folder = await temporaryFolder();
    const store = new LocalOutputStore(folder.path);

    const stored = await store.put('a', Buffer.alloc(100_000), { maxBytes: 100_000 });

    expect(stored).toMatchObject({ bytes: 100_000, head: { length: 4096 } });
  });

  it('spreads keys over folders and keeps keys apart that look alike', async () => {
    await using folder = await temporaryFolder();
    const store = new LocalOutputStore(folder.path);

    await store.put('a/b', Buffer.from('one'), limits);
    await store.put('a_b', Buffer.from('two'), limits);

    expect(await folder.files()).toHaveLength(2);
    expect((await folder.files()).every((file) => /^objects\/\w\w\/\w\w\/a[~_]b$/.test(file))).toBe(
      true,
    );
  });

  it('takes nothing new when the disk is nearly full, and says which', async () => {
    await using folder = await temporaryFolder();
    const store = new LocalOutputStore(folder.path, { minFreeBytes: Number.MAX_SAFE_INTEGER });

    await expect(store.put('a', Buffer.from('x'), limits)).rejects.toThrow(
      `The disk of the output store ${folder.path} has less than`,
    );

    expect(await folder.files()).toEqual([]);
  });

  it('replaces what a key held, while who reads the old one reads it to its end', async () => {
    await using folder = await temporaryFolder();
    const store = new LocalOutputStore(folder.path);
    await store.put('a', Buffer.from('old'), limits);

    const old = await store.open('a');
    await store.put('a', Buffer.from('newer'), limits);

    expect(old && (await text(old.body))).toBe('old');
    expect(await store.size('a')).toBe(5);
  });

  it('leaves nothing behind, and the old output in place, when the source fails', async () => {
    await using folder = await temporaryFolder();
    const store = new LocalOutputStore(folder.path);
    await store.put('a', Buffer.from('old'), limits);
    const broken = Readable.from(
      (async function* () {
        yield Buffer.from('new');
        await Promise.reject(new Error('cut'));
      })(),
    );

    await expect(store.put('a', broken, limits)).rejects.toThrow('cut');

    expect(await folder.files()).toHaveLength(1);
    expect(await store.size('a')).toBe(3);
  });

  it('stops at the limit and lets go of the source', async () => {
    await using folder = await temporaryFolder();
    const store = new LocalOutputStore(folder.path);
    const endless = new Readable({ read: () => endless.push(Buffer.alloc(100)) });

    await expect(store.put('a', endless, limits)).rejects.toMatchObject({
      name: 'OutputTooLargeError',
    });

    expect(endless.destroyed).toBe(true);
    expect(await folder.files()).toEqual([]);
  });

  it('stops when it is told to', async () => {
    await using folder = await temporaryFolder();
    const store = new LocalOutputStore(folder.path);
    const signal = AbortSignal.abort(new Error('draining'));

    await expect(store.put('a', Buffer.from('x'), { ...limits, signal })).rejects.toThrow(
      'draining',
    );

    expect(await folder.files()).toEqual([]);
  });

  it.each(['../a', 'a/../../b', '/etc/passwd', ''])('refuses the key %j', async (key) => {
    await using folder = await temporaryFolder();
    const store = new LocalOutputStore(folder.path);

    await expect(store.put(key, Buffer.from('x'), limits)).rejects.toThrow('is not a key');
    await expect(store.open(key)).rejects.toThrow('is not a key');
    await expect(store.delete(key)).rejects.toThrow('is not a key');
  });
});

describe('LocalOutputStore.claim', () => {
  it('marks a new folder, and knows it again', async () => {
    await using folder = await temporaryFolder();

    expect(await new LocalOutputStore(folder.path).claim('store-1')).toBe('claimed');
    expect(await new LocalOutputStore(folder.path).claim('store-1')).toBe('matches');
    expect(await new LocalOutputStore(folder.path).claim('store-1', { mustExist: true })).toBe(
      'matches',
    );
  });

  it('creates its folder', async () => {
    await using folder = await temporaryFolder();

    expect(await new LocalOutputStore(join(folder.path, 'new', 'one')).claim('store-1')).toBe(
      'claimed',
    );
  });

  it('refuses a folder of another database', async () => {
    await using folder = await temporaryFolder();
    await new LocalOutputStore(folder.path).claim('store-1');

    await expect(new LocalOutputStore(folder.path).claim('store-2')).rejects.toThrow(
      /belongs to store store-1, not to store-2 of this database.*DATA_DIR/,
    );
  });

  it('refuses an empty folder when the database has used its store before', async () => {
    await using folder = await temporaryFolder();
    const store = new LocalOutputStore(folder.path);

    await expect(store.claim('store-1', { mustExist: true })).rejects.toThrow('is empty');
    expect(await folder.files()).toEqual([]);
  });

  it('lets one of many win that claim at once', async () => {
    await using folder = await temporaryFolder();
    const ids = ['a', 'b', 'c', 'd'];

    const claims = await Promise.allSettled(
      ids.map(async (id) => await new LocalOutputStore(folder.path).claim(id)),
    );

    expect(claims.filter((claim) => claim.status === 'fulfilled')).toHaveLength(1);
    expect(await folder.files()).toEqual(['taskgate-store']);
  });

  it('clears what a crashed writer left a day ago, and nothing younger', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'parts'));
    await writeFile(join(folder.path, 'parts', 'old.part'), 'x');
    await writeFile(join(folder.path, 'parts', 'young.part'), 'x');
    const twoDaysAgo = Date.now() / 1000 - 2 * 86_400;
    await utimes(join(folder.path, 'parts', 'old.part'), twoDaysAgo, twoDaysAgo);

    await new LocalOutputStore(folder.path).claim('store-1');

    expect(await folder.files()).toEqual(['parts/young.part', 'taskgate-store']);
  });
});
