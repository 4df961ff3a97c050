import { describe, expect, it } from 'vitest';
import { CheckRate } from './check-rate.js';

const taken = (rate: CheckRate, perSecond: number, times: readonly number[]): number =>
  times.filter((now) => rate.take('fake:1', perSecond, now)).length;

describe('CheckRate', () => {
  it.each([1, 2, 10, 50])('lets a second’s worth of %i a second through at once', (perSecond) => {
    const at = Array.from({ length: 3 * perSecond }, () => 5_000);

    expect(taken(new CheckRate(), perSecond, at)).toBe(perSecond);
  });

  it('holds to the rate over time', () => {
    const at = Array.from({ length: 1_000 }, (_, index) => index * 10);

    expect(taken(new CheckRate(), 5, at)).toBeLessThanOrEqual(55);
    expect(taken(new CheckRate(), 5, at)).toBeGreaterThanOrEqual(50);
  });

  it('lets one through now and then where less than one a second is allowed', () => {
    expect(taken(new CheckRate(), 0.5, [0, 500, 1_999, 2_000, 3_000, 4_000])).toBe(3);
  });

  it('counts each account by itself', () => {
    const rate = new CheckRate();

    expect(rate.take('fake:1', 1, 0)).toBe(true);
    expect(rate.take('fake:2', 1, 0)).toBe(true);
  });
});
