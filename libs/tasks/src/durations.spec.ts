import { describe, expect, it } from 'vitest';
import { Durations } from './durations.js';

describe('Durations', () => {
  it('knows nothing of a model that it never saw finish', () => {
    const durations = new Durations();
    durations.add('other', 1_000);

    expect(durations.usualMs('model')).toBeNull();
  });

  it.each([
    ['one', [700], 700],
    ['an outlier', [1_000, 90_000, 1_200], 1_200],
    ['an even number', [1_000, 2_000, 3_000, 4_000], 3_000],
  ])('takes the middle of %s', (_, values, usualMs) => {
    const durations = new Durations();
    for (const value of values) durations.add('model', value);

    expect(durations.usualMs('model')).toBe(usualMs);
  });

  it('forgets what was usual more than twenty jobs ago', () => {
    const durations = new Durations();
    for (let job = 0; job < 20; job += 1) durations.add('model', 1_000);
    for (let job = 0; job < 20; job += 1) durations.add('model', 5_000);

    expect(durations.usualMs('model')).toBe(5_000);
  });
});
