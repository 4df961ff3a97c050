import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { atLeast } from './throughput.js';

const rules = { minBytesPerSecond: 10, windowMs: 1000 };

/** Chunks that arrive at given milliseconds, on a clock of their own. */
function arriving(chunks: readonly (readonly [number, string])[]): AsyncGenerator<Buffer> {
  let nowMs = 0;
  async function* source(): AsyncGenerator<Buffer> {
    for (const [atMs, content] of chunks) {
      nowMs = atMs;
      yield await Promise.resolve(Buffer.from(content));
    }
  }
  return atLeast(rules, source(), () => nowMs);
}

describe('atLeast', () => {
  it('passes bytes that come fast enough, or whose slowness does not last a window', async () => {
    const bytes = arriving([
      [1, 'a'],
      [999, 'b'],
      [1001, 'cccccccccc'],
      [2000, 'd'],
      [2001, 'eeeeeeeee'],
    ]);

    expect(await text(Readable.from(bytes))).toBe('abccccccccccdeeeeeeeee');
  });

  it('fails a window that was too slow', async () => {
    const bytes = arriving([
      [500, 'a'],
      [1000, 'b'],
    ]);

    await expect(text(bytes)).rejects.toMatchObject({
      reason: 'stalled',
      retryable: true,
      message: 'The output came slower than 10 bytes a second.',
    });
  });
});
