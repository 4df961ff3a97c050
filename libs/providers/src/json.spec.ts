import { describe, expect, it } from 'vitest';
import { at, listAt, nonEmpty, numberAt, present, textAt } from './json.js';

describe('reading a vendor’s answer', () => {
  const answer = { a: [{ b: 'text', c: 0, d: '' }], e: null };

  it.each<[unknown, unknown]>([
    [at(answer, 'a', 0, 'b'), 'text'],
    [textAt(answer, 'a', 0, 'b'), 'text'],
    [textAt(answer, 'a', 0, 'c'), undefined],
    [textAt(answer, 'a', 0, 'd'), undefined],
    [numberAt(answer, 'a', 0, 'c'), 0],
    [numberAt(answer, 'a', 0, 'b'), undefined],
    [at(answer, 'e', 'x', 'y'), undefined],
    [at(answer, 'a', 7, 'b'), undefined],
    [at('text', 'length'), undefined],
    [at(undefined, 'a'), undefined],
    [at(answer, 'constructor'), undefined],
    [at(answer, '__proto__'), undefined],
  ])('%o is %o', (found, expected) => {
    expect(found).toBe(expected);
  });

  it('takes what is no list for an empty one', () => {
    expect(listAt(answer, 'e')).toEqual([]);
    expect(listAt({ a: { length: 1 } }, 'a')).toEqual([]);
  });
});

describe('present', () => {
  it('drops what is undefined and keeps what is merely false', () => {
    expect(present({ a: undefined, b: null, c: 0, d: '', e: false })).toEqual({
      b: null,
      c: 0,
      d: '',
      e: false,
    });
  });
});

describe('nonEmpty', () => {
  it('is undefined for an empty list only', () => {
    expect(nonEmpty([])).toBeUndefined();
    expect(nonEmpty([1, 2])).toEqual([1, 2]);
  });
});
