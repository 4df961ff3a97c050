import { assert, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from './edit-distance.js';

describe('editDistance', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['flux-2-pro', 'flux-2-prp', 1],
    ['kitten', 'sitting', 3],
  ])('from "%s" to "%s" is %i', (from, to, expected) => {
    expect(editDistance(from, to)).toBe(expected);
  });

  it('is the same both ways, and nothing only between equal texts', () => {
    assert(
      property(string({ maxLength: 12 }), string({ maxLength: 12 }), (from, to) => {
        const distance = editDistance(from, to);

        expect(editDistance(to, from)).toBe(distance);
        expect(distance === 0).toBe(from === to);
        expect(distance).toBeLessThanOrEqual(Math.max(from.length, to.length));
      }),
    );
  });
});
