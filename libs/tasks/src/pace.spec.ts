import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextCheckDelayMs } from './pace.js';

describe('nextCheckDelayMs', () => {
  it.each([
    ['looks soon at the first job of a model', 0, null, 200],
    ['then waits half of what has passed', 3_000, null, 1_500],
    ['waits no more than 15 s', 100_000, null, 15_000],
    ['waits until 80 % of the usual duration', 0, 10_000, 8_000],
    ['waits for the rest of those 80 %', 5_000, 10_000, 3_000],
    ['waits no more than 15 s for them either', 0, 300_000, 15_000],
    ['looks every twentieth around the usual time', 9_000, 10_000, 500],
    ['and after it', 10_400, 10_000, 500],
    ['then slows down with what it runs over', 14_000, 10_000, 2_000],
    ['to 15 s at last', 1_000_000, 10_000, 15_000],
    ['looks no more often than every 200 ms', 900, 1_000, 200],
    ['is not confused by a clock that went back', -5_000, null, 200],
  ])('%s', (_, elapsedMs, usualMs, delayMs) => {
    expect(nextCheckDelayMs({ elapsedMs, usualMs })).toBe(delayMs);
  });

  it.each([
    [1_000, 1_500],
    [4_000, 4_000],
    [60_000, 60_000],
    [86_400_000, 300_000],
  ])('lets a vendor that asks for %i ms wait %i ms', (retryAfterMs, delayMs) => {
    expect(nextCheckDelayMs({ elapsedMs: 3_000, usualMs: null, retryAfterMs })).toBe(delayMs);
  });

  it('is between 200 ms and 15 s, or what the vendor asks for up to five minutes', () => {
    const ms = fc.integer({ min: 0, max: 86_400_000 });
    fc.assert(
      fc.property(ms, fc.option(ms), fc.option(ms, { nil: undefined }), (...input) => {
        const [elapsedMs, usualMs, retryAfterMs] = input;

        const asked = Math.min(retryAfterMs ?? 0, 300_000);

        const delayMs = nextCheckDelayMs({ elapsedMs, usualMs, retryAfterMs });

        expect(delayMs).toBeGreaterThanOrEqual(Math.max(200, asked));
        expect(delayMs).toBeLessThanOrEqual(Math.max(15_000, asked));
      }),
    );
  });
});
