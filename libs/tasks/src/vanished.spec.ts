import { describe, expect, it } from 'vitest';
import { Vanished } from './vanished.js';

describe('Vanished', () => {
  it.each([
    [[0], false],
    [[0, 30_000], false],
    [[0, 60_000], false],
    [[0, 1_000, 59_999], false],
    [[0, 1_000, 60_000], true],
  ])('answers denials at %o with %s', (times, isLost) => {
    const vanished = new Vanished();

    const answers = times.map((now) => vanished.note('at-1', now));

    expect(answers.at(-1)).toBe(isLost);
  });

  it('begins anew when the vendor knew the job in between', () => {
    const vanished = new Vanished();
    vanished.note('at-1', 0);
    vanished.note('at-1', 1_000);
    vanished.forget('at-1');

    expect(vanished.note('at-1', 60_000)).toBe(false);
  });
});
