import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.js';

describe('backoffMs', () => {
  it.each([
    [1, 1_000],
    [2, 2_000],
    [3, 4_000],
    [6, 32_000],
    [7, 60_000],
    [1_000, 60_000],
  ])('waits after attempt %i for %i ms at least', (attempts, delayMs) => {
    expect(backoffMs({ attempts, random: 0 })).toBe(delayMs);
  });

  it('adds up to a quarter by chance', () => {
    expect(backoffMs({ attempts: 1, random: 0.5 })).toBe(1_125);
  });

  it.each([
    [500, 1_000],
    [30_000, 30_000],
    [600_000, 600_000],
  ])('lets a vendor that asks for %i ms wait %i ms', (retryAfterMs, delayMs) => {
    expect(backoffMs({ attempts: 1, retryAfterMs, random: 0 })).toBe(delayMs);
  });

  it('never sends earlier than the vendor asked, nor a quarter later than it must', () => {
    const random = fc.double({ min: 0, max: 0.999, noNaN: true });
    const asked = fc.option(fc.integer({ min: 0, max: 3_600_000 }), { nil: undefined });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), asked, random, (...input) => {
        const [attempts, retryAfterMs, chance] = input;
        const least = backoffMs({ attempts, retryAfterMs, random: 0 });

        const delayMs = backoffMs({ attempts, retryAfterMs, random: chance });

        expect(delayMs).toBeGreaterThanOrEqual(Math.max(least, retryAfterMs ?? 0));
        expect(delayMs).toBeLessThanOrEqual(least * 1.25);
      }),
    );
  });
});
