import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountHealth, afterThrottle, isCooling, limitNow } from './account-health.js';

const NOW = 1_000_000;
const CONFIGURED = 100;
const throttled = (health: AccountHealth | null, nowMs: number, retryAfterMs?: number) =>
  afterThrottle(health, { nowMs, configured: CONFIGURED, retryAfterMs });

describe('the in-flight limit of an account', () => {
  it('is the configured one until the vendor throttles', () => {
    expect(limitNow(null, CONFIGURED, NOW)).toBe(CONFIGURED);
  });

  it('falls by three tenths with a throttle', () => {
    expect(limitNow(throttled(null, NOW), CONFIGURED, NOW)).toBe(70);
  });

  it('falls once for a burst, and again five seconds later', () => {
    const burst = throttled(throttled(null, NOW), NOW + 4_999);

    expect(limitNow(burst, CONFIGURED, NOW + 4_999)).toBe(70);
    expect(limitNow(throttled(burst, NOW + 5_000), CONFIGURED, NOW + 5_000)).toBe(49);
  });

  it('grows by a tenth of the configured one a quiet minute, and no further', () => {
    const health = throttled(null, NOW);

    expect(limitNow(health, CONFIGURED, NOW + 59_999)).toBe(70);
    expect(limitNow(health, CONFIGURED, NOW + 60_000)).toBe(80);
    expect(limitNow(health, CONFIGURED, NOW + 24 * 3_600_000)).toBe(CONFIGURED);
  });

  it('falls from where it has grown to', () => {
    const grown = NOW + 60_000;

    expect(throttled(throttled(null, NOW), grown)).toMatchObject({ limit: 56 });
  });

  it('follows an operator who lowers the configured one', () => {
    expect(limitNow(throttled(null, NOW), 3, NOW)).toBe(3);
  });

  it('never falls below one', () => {
    const times = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), times, (configured, gaps) => {
        let health: AccountHealth | null = null;
        let nowMs = NOW;
        for (const gap of gaps) {
          nowMs += gap;
          health = afterThrottle(health, { nowMs, configured });
          expect(limitNow(health, configured, nowMs)).toBeGreaterThanOrEqual(1);
          expect(limitNow(health, configured, nowMs)).toBeLessThanOrEqual(configured);
        }
      }),
    );
  });
});

describe('an account that was throttled', () => {
  it.each([
    [undefined, 2_000],
    [30_000, 30_000],
    [86_400_000, 600_000],
  ])('asked to wait %s ms, rests for %i ms', (retryAfterMs, restMs) => {
    const health = throttled(null, NOW, retryAfterMs);

    expect(isCooling(health, NOW + restMs - 1)).toBe(true);
    expect(isCooling(health, NOW + restMs)).toBe(false);
  });

  it('rests for the longest that it was asked to', () => {
    const health = throttled(throttled(null, NOW, 30_000), NOW + 1, 1_000);

    expect(isCooling(health, NOW + 29_999)).toBe(true);
  });

  it('does not rest when it never was', () => {
    expect(isCooling(undefined, NOW)).toBe(false);
  });
});
