import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { Keyring } from '@app/tenants';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OpenRecords, RECORD_BYTES, SealRecords } from './sealed-records.js';

const ring = new Keyring(Buffer.alloc(32, 1));
const place = { purpose: 'replay', rowId: 'replays/1' };
const SEALED_BYTES = RECORD_BYTES + 16;
const HEAD_BYTES = 28;
const THREE_RECORDS = randomBytes(2 * RECORD_BYTES + 1_000);

async function passed(through: SealRecords | OpenRecords, pieces: readonly Buffer[]) {
  const [out] = await Promise.all([buffer(through), pipeline(Readable.from(pieces), through)]);
  return out;
}

const sealed = async (bytes: Buffer, by = ring): Promise<Buffer> =>
  await passed(new SealRecords(by, place), [bytes]);

const opened = async (bytes: Buffer, by = ring, at = place): Promise<Buffer> =>
  await passed(new OpenRecords(by, at), [bytes]);

/** In pieces that begin at these places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [0, ...places.map((at) => at % (bytes.length + 1)), bytes.length];
  const inOrder = cuts.toSorted((a, b) => a - b);
  return inOrder.slice(1).map((end, at) => bytes.subarray(inOrder[at], end));
}

describe('sealed records', () => {
  it.each([0, 1, RECORD_BYTES - 1, RECORD_BYTES, RECORD_BYTES + 1, 3 * RECORD_BYTES])(
    'open to the same %i bytes',
    async (length) => {
      const bytes = randomBytes(length);

      expect((await opened(await sealed(bytes))).equals(bytes)).toBe(true);
    },
  );

  it('open whatever pieces they are written and read in', async () => {
    const places = fc.array(fc.nat(), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(places, places, async (writtenAt, readAt) => {
        const box = await passed(new SealRecords(ring, place), cutAt(THREE_RECORDS, writtenAt));

        const bytes = await passed(new OpenRecords(ring, place), cutAt(box, readAt));

        expect(bytes.equals(THREE_RECORDS)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('do not open when they are cut, wherever', async () => {
    const small = await sealed(Buffer.from('the answer'));
    const large = await sealed(THREE_RECORDS);
    const borders = [0, 1, 2].map((records) => HEAD_BYTES + records * SEALED_BYTES);
    for (const [box, length] of [
      ...Array.from({ length: small.length }, (_, at) => [small, at] as const),
      ...borders.flatMap((at) => [at - 1, at, at + 1].map((cut) => [large, cut] as const)),
      [large, large.length - 1] as const,
    ]) {
      await expect(opened(box.subarray(0, length))).rejects.toThrow('was cut');
    }
  });

  it('do not open when one byte of them is another', async () => {
    const box = await sealed(Buffer.from('the answer'));
    for (let at = 0; at < box.length; at += 1) {
      const changed = Buffer.from(box);
      changed[at] = (changed[at] ?? 0) ^ 1;

      await expect(opened(changed)).rejects.toThrow(/was cut|not in MASTER_KEY/);
    }
  });

  it('do not open when records change places, come twice, or are left out', async () => {
    const box = await sealed(THREE_RECORDS);
    const [head, one, two, last] = [0, 1, 2, 3].map((number) =>
      number === 0
        ? box.subarray(0, HEAD_BYTES)
        : box.subarray(
            HEAD_BYTES + (number - 1) * SEALED_BYTES,
            HEAD_BYTES + number * SEALED_BYTES,
          ),
    ) as [Buffer, Buffer, Buffer, Buffer];
    for (const order of [
      [head, two, one, last],
      [head, one, one, two, last],
      [head, one, last],
      [head, one, two, last, last],
      [head, last],
    ]) {
      await expect(opened(Buffer.concat(order))).rejects.toThrow('was cut');
    }
  });

  it('open at their own place alone', async () => {
    const box = await sealed(Buffer.from('the answer'));

    await expect(opened(box, ring, { ...place, rowId: 'replays/2' })).rejects.toThrow('another');
    await expect(opened(box, ring, { ...place, purpose: 'other' })).rejects.toThrow('another');
  });

  it('open by an older key of the ring, and by none that is not in it', async () => {
    const box = await sealed(Buffer.from('the answer'));
    const fresh = Buffer.alloc(32, 2);

    const bytes = await opened(box, new Keyring(fresh, Buffer.alloc(32, 1)));

    expect(bytes.toString()).toBe('the answer');
    await expect(opened(box, new Keyring(fresh))).rejects.toThrow('not in MASTER_KEY');
  });

  it('show nothing, and are never the same twice', async () => {
    const bytes = Buffer.from('the answer');
    const [one, other] = [await sealed(bytes), await sealed(bytes)];

    expect(one.includes('answer')).toBe(false);
    expect(one.subarray(HEAD_BYTES).equals(other.subarray(HEAD_BYTES))).toBe(false);
  });
});
