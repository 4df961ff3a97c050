import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { OutputTooLargeError, type OutputStore } from '../output-store.js';

export interface StoreUnderTest extends AsyncDisposable {
  readonly store: OutputStore;
  /** What lies about besides whole objects: unfinished files, parts of uploads. */
  readonly leftovers: () => Promise<readonly string[]>;
}

const ABC_SHA256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const MIB = 1024 * 1024;
const limits = { maxBytes: 64 * MIB };

/** What every store of outputs promises. `open` gives one that is empty and claimed. */
export function describeOutputStore(title: string, open: () => Promise<StoreUnderTest>): void {
  describe(`${title} as an output store`, () => {
    it('keeps bytes under their key and tells their hash, number and beginning', async () => {
      await using tested = await open();
      const { store } = tested;
      const source = Readable.from([Buffer.from('ab'), Buffer.from('c')]);

      const stored = await store.put('outputs/tk-1/0', source, limits);
      const opened = await store.open('outputs/tk-1/0');

      expect(stored).toEqual({ bytes: 3, sha256: ABC_SHA256, head: Buffer.from('abc') });
      expect(opened?.size).toBe(3);
      expect(opened && (await text(opened.body))).toBe('abc');
      expect(await store.size('outputs/tk-1/0')).toBe(3);
    });

    it('keeps large outputs whole', async () => {
      await using tested = await open();
      const { store } = tested;
      const bytes = numbered(20 * MIB + 17);

      const stored = await store.put('outputs/tk-1/0', Readable.from(slices(bytes)), limits);
      const opened = await store.open('outputs/tk-1/0');

      expect(stored).toMatchObject({ bytes: bytes.length, sha256: sha256(bytes) });
      expect(stored.head).toEqual(bytes.subarray(0, 4096));
      expect(opened && sha256(await buffer(opened.body))).toBe(sha256(bytes));
      expect(await tested.leftovers()).toEqual([]);
    });

    it('gives a part of an output with the size of the whole', async () => {
      await using tested = await open();
      const { store } = tested;
      await store.put('outputs/a', Buffer.from('0123456789'), limits);

      const opened = await store.open('outputs/a', { start: 2, end: 4 });

      expect(opened?.size).toBe(10);
      expect(opened && (await text(opened.body))).toBe('234');
    });

    it('replaces what was under the key', async () => {
      await using tested = await open();
      const { store } = tested;
      await store.put('outputs/a', Buffer.from('the first'), limits);

      await store.put('outputs/a', Buffer.from('second'), limits);

      const opened = await store.open('outputs/a');
      expect(opened && (await text(opened.body))).toBe('second');
    });

    it('knows nothing under a key that was never written, or was deleted', async () => {
      await using tested = await open();
      const { store } = tested;
      await store.put('outputs/a', Buffer.from('abc'), limits);

      await store.delete('outputs/a');
      await store.delete('outputs/never');

      expect(await store.open('outputs/a')).toBeNull();
      expect(await store.size('outputs/a')).toBeNull();
      expect(await store.open('outputs/never', { start: 0, end: 1 })).toBeNull();
    });

    it('lists every key once, page by page, with its age', async () => {
      await using tested = await open();
      const { store } = tested;
      const keys = ['inputs/in-1', 'outputs/a/0', 'outputs/a/1', 'outputs/b/0', 'outputs/c'];
      for (const key of keys) await store.put(key, Buffer.from(key), limits);

      const listed = await allPages(store, 2);

      expect(listed.map(({ key }) => key).toSorted()).toEqual(keys);
      expect(listed.every(({ modifiedAt }) => isRecent(modifiedAt))).toBe(true);
    });

    it('lists from behind a key that has been deleted since', async () => {
      await using tested = await open();
      const { store } = tested;
      for (const name of ['a', 'b', 'c']) await store.put(name, Buffer.from(name), limits);
      const [first, ...rest] = await allPages(store, 10);
      await store.delete(first?.key ?? '');

      const after = await store.list(first?.key ?? '', 10);

      expect(after.map(({ key }) => key)).toEqual(rest.map(({ key }) => key));
    });

    it.each([1000, 20 * MIB])(
      'leaves nothing of %i bytes when more than allowed come',
      async (size) => {
        await using tested = await open();
        const { store } = tested;
        const source = Readable.from(slices(numbered(size)));

        const failure = await failureOf(store.put('outputs/a', source, { maxBytes: size - 1 }));

        expect(failure).toBeInstanceOf(OutputTooLargeError);
        await expectNothing(tested);
        expect(source.destroyed).toBe(true);
      },
    );

    it.each([1, 20])(
      'leaves nothing and passes the error on when the source breaks after %i MiB',
      async (size) => {
        await using tested = await open();
        const broken = new Error('the vendor hung up');

        const failure = await failureOf(
          tested.store.put('outputs/a', Readable.from(breaking(size * MIB, broken)), limits),
        );

        expect(failure).toBe(broken);
        await expectNothing(tested);
      },
    );

    it('leaves nothing when it is called off in the middle', async () => {
      await using tested = await open();
      const stop = new AbortController();
      const reason = new Error('the worker stops');
      const source = Readable.from(stopping(20 * MIB, () => stop.abort(reason)));

      const failure = await failureOf(
        tested.store.put('outputs/a', source, { ...limits, signal: stop.signal }),
      );

      expect(failure).toBe(reason);
      await expectNothing(tested);
    });

    it('takes no key that is not one of ours', async () => {
      await using tested = await open();
      const { store } = tested;

      for (const key of ['../a', '/a', 'A', 'a//b', '.a', '']) {
        await expect(store.put(key, Buffer.from('x'), limits)).rejects.toThrow(RangeError);
        await expect(store.open(key)).rejects.toThrow(RangeError);
        await expect(store.delete(key)).rejects.toThrow(RangeError);
      }
    });
  });
}

async function expectNothing({ store, leftovers }: StoreUnderTest): Promise<void> {
  expect(await store.open('outputs/a')).toBeNull();
  expect(await store.list(null, 10)).toEqual([]);
  expect(await leftovers()).toEqual([]);
}

async function allPages(store: OutputStore, size: number) {
  const found = [...(await store.list(null, size))];
  for (;;) {
    const page = await store.list(found.at(-1)?.key ?? null, size);
    if (page.length === 0) return found;
    found.push(...page);
  }
}

const isRecent = (date: Date): boolean => Math.abs(Date.now() - date.getTime()) < 60_000;

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** No two places alike, so that a part in the wrong place shows. */
function numbered(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0; index + 4 <= length; index += 4) bytes.writeUInt32LE(index, index);
  return bytes;
}

function* slices(bytes: Buffer): Generator<Buffer> {
  const size = 100_000;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

function* breaking(bytes: number, error: Error): Generator<Buffer> {
  yield* slices(numbered(bytes));
  throw error;
}

function* stopping(bytes: number, stop: () => void): Generator<Buffer> {
  yield* slices(numbered(bytes));
  stop();
  yield Buffer.from('one more');
}
