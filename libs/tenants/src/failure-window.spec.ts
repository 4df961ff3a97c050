import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailureWindow } from './failure-window.js';

describe('a window of failures', () => {
  it('never tolerates more than its limit in any 60 s', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 5 }), (steps, limit) => {
        const window = new FailureWindow(limit, 10);
        const tolerated: number[] = [];
        let nowMs = 0;
        for (const step of steps) {
          nowMs += step;
          const isFree = window.left('a', nowMs) > 0;
          expect(window.freeInMs('a', nowMs) === 0).toBe(isFree);
          if (!isFree) continue;
          window.note('a', nowMs);
          tolerated.push(nowMs);
        }
        for (const at of tolerated) {
          const inWindow = tolerated.filter((other) => other >= at && other - at < 60_000);
          expect(inWindow.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  it('is free again at the moment that it says', () => {
    const window = new FailureWindow(2, 10);
    window.note('a', 1_000);
    window.note('a', 5_000);

    const inMs = window.freeInMs('a', 6_000);

    expect(inMs).toBe(55_000);
    expect(window.left('a', 6_000 + inMs - 1)).toBe(0);
    expect(window.left('a', 6_000 + inMs)).toBe(1);
  });

  it('forgets the names not heard of for longest', () => {
    const window = new FailureWindow(1, 2);
    for (const name of ['a', 'b', 'c']) window.note(name, 0);

    expect(['a', 'b', 'c'].map((name) => window.left(name, 1))).toEqual([1, 0, 0]);
  });
});
