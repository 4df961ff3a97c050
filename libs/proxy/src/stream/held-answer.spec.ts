import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { finished, pipeline } from 'node:stream/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayError } from '@app/errors';
import { HeldAnswer, type HoldingOptions } from './held-answer.js';

const LIMITS = { memoryBytes: 1_000, maxBytes: 100_000 };
let folder: string;

describe('HeldAnswer', () => {
  it.each([0, 1, 999, 1_000, 1_001, 70_000, 100_000])(
    'gives out the %i bytes that it took',
    async (length) => {
      const bytes = Buffer.from(Array.from({ length }, (_, at) => at % 251));
      const held = holding();

      await pipeline(piecesOf(bytes, 333), held);

      expect((await buffer(held.giveOut())).equals(bytes)).toBe(true);
      expect(await openFiles()).toEqual([]);
    },
  );

  it('has what does not fit into memory in a file that nobody can find', async () => {
    const held = holding();

    await pipeline(piecesOf(Buffer.alloc(5_000), 100), held);

    expect(await openFiles()).toEqual([expect.stringMatching(/ \(deleted\)$/)]);
    expect(await readdir(folder)).toEqual([]);
    held.destroy();
    await once(held, 'close');
  });

  it.each([500, 5_000])('keeps nothing of %i bytes once it is destroyed', async (length) => {
    const held = holding();
    await pipeline(piecesOf(Buffer.alloc(length), 100), held);

    held.destroy();
    await once(held, 'close');

    expect(await openFiles()).toEqual([]);
  });

  it('keeps nothing when it is destroyed while it writes', async () => {
    const held = holding();

    held.write(Buffer.alloc(5_000));
    held.destroy();
    await once(held, 'close');

    expect(await openFiles()).toEqual([]);
  });

  it('keeps nothing when whoever reads it stops', async () => {
    const held = holding();
    await pipeline(piecesOf(Buffer.alloc(90_000), 1_000), held);

    const answer = held.giveOut();
    await once(answer, 'readable');
    answer.destroy();
    await once(answer, 'close');

    expect(await openFiles()).toEqual([]);
  });

  it('does not take in faster than the disk writes', () => {
    const held = holding({ memoryBytes: 0 });

    const goOn = held.write(Buffer.alloc(90_000));

    expect([goOn, held.writableLength]).toEqual([false, 90_000]);
    held.destroy();
  });

  it('gives an answer up that is larger than what is held', async () => {
    const held = holding();

    const error: unknown = await pipeline(piecesOf(Buffer.alloc(100_001), 1_000), held).catch(
      (reason: unknown) => reason,
    );

    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({ code: 'UPSTREAM_ERROR', mayHaveRun: true });
    expect(String(error)).toContain('100000 bytes');
    expect(await openFiles()).toEqual([]);
  });

  it('says that the disk does not take it', async () => {
    const held = holding({ folder: join(folder, 'nowhere') });

    held.end(Buffer.alloc(5_000));

    await expect(finished(held)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: expect.stringContaining('ENOENT'),
    });
  });
});

beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'taskgate-held-'))));
afterAll(async () => await rm(folder, { recursive: true, force: true }));

const holding = (options: Partial<HoldingOptions> = {}): HeldAnswer =>
  new HeldAnswer({ folder, ...LIMITS, ...options });

function piecesOf(bytes: Buffer, size: number): Readable {
  const count = Math.ceil(bytes.length / size);
  return Readable.from(
    Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size)),
  );
}

/** Of the folder, as this process has them open. */
async function openFiles(): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = descriptors.map(
    async (name) => await readlink(`/proc/self/fd/${name}`).catch(() => ''),
  );
  return (await Promise.all(targets)).filter((target) => target.startsWith(folder));
}
