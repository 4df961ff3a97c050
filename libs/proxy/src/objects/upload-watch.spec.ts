import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from 'vitest';
import { BodyReferences } from './body-references.js';
import type { Reference } from './reference.js';
import { UploadWatch } from './upload-watch.js';

const BODY = Buffer.from('{"a":[{"file_id":"file-mine01"}],"file_id":"file-theirs1"}');

/** What of the pieces reached the upstream, and the error that broke them off. */
async function passed(
  pieces: readonly Buffer[],
  judge: (references: readonly Reference[]) => Promise<void>,
): Promise<{ readonly out: Buffer; readonly error: unknown }> {
  const out: Buffer[] = [];
  const watch = new UploadWatch(new BodyReferences(), judge);
  watch.on('data', (chunk: Buffer) => out.push(chunk));
  const error: unknown = await pipeline(Readable.from(pieces), watch).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { out: Buffer.concat(out), error };
}

const foreign = new Error('No such object');
const judge = async (references: readonly Reference[]): Promise<void> => {
  await Promise.resolve();
  if (references.some(({ id }) => id === 'file-theirs1')) throw foreign;
};

describe('a body that streams', () => {
  it('goes through unchanged where it names nothing of others, wherever it is cut', async () => {
    const mine = Buffer.from(BODY.toString().replace('theirs1', 'mine02'));
    for (let cut = 0; cut <= mine.length; cut += 1) {
      const pieces = [mine.subarray(0, cut), mine.subarray(cut)].filter(({ length }) => length > 0);
      expect(await passed(pieces, judge)).toEqual({ out: mine, error: null });
    }
  });

  it('is never whole at the upstream where it names what is not the caller’s, wherever it is cut', async () => {
    for (let cut = 0; cut <= BODY.length; cut += 1) {
      const pieces = [BODY.subarray(0, cut), BODY.subarray(cut)].filter(({ length }) => length > 0);
      const { out, error } = await passed(pieces, judge);
      expect(error).toBe(foreign);
      expect(out.length).toBeLessThan(BODY.length);
    }
  });

  it('is judged anew where an id that was some field’s stands in one that takes nothing else', async () => {
    const twice = Buffer.from('{"some_id":"file-nobodys","file_id":"file-nobodys"}');

    const { error } = await passed([twice], async (references) => {
      if (references.some(({ how }) => how === 'certain')) throw foreign;
    });

    expect(error).toBe(foreign);
  });

  it('is asked about in groups, each id once, however many it names', async () => {
    const ids = Array.from({ length: 1_200 }, (_, at) => `file-${String(at).padStart(6, '0')}`);
    const pieces = [...ids, ...ids].map((id) => Buffer.from(`{"file_id":"${id}"}`));
    const asked: string[][] = [];

    const { error } = await passed(pieces, async (references) => {
      asked.push(references.map(({ id }) => id));
    });

    expect(error).toBeNull();
    expect(asked.map(({ length }) => length)).toEqual([500, 500, 200]);
    expect(asked.flat()).toEqual(ids);
  });
});
