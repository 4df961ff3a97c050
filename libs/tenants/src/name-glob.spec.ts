import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameGlob } from './name-glob.js';

describe('nameGlob', () => {
  it.each([
    ['gpt-5', 'gpt-5', true],
    ['gpt-5', 'gpt-5-mini', false],
    ['gpt-5*', 'gpt-5', true],
    ['gpt-5*', 'gpt-5-mini', true],
    ['gpt-5*', 'a-gpt-5', false],
    ['*mini', 'gpt-5-mini', true],
    ['*', '', true],
    ['', '', true],
    ['', 'a', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a*b*a', 'aba', true],
    ['a*b*ba', 'aba', false],
    ['/v1/*/runs', '/v1/threads/t_1/runs', true],
    ['**', 'x', true],
    ['gpt.5', 'gpt-5', false],
    ['(a+)+$', 'aaaa', false],
  ])('%j and %j: %s', (glob, name, isMeant) => {
    expect(nameGlob(glob)(name)).toBe(isMeant);
  });

  it('means what the same glob as a regular expression means', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*'), maxLength: 12 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 12 });
    fc.assert(
      fc.property(text, name, (glob, asked) => {
        const expected = new RegExp(`^${glob.replaceAll(/\*+/g, '.*')}$`, 's').test(asked);

        expect(nameGlob(glob)(asked)).toBe(expected);
      }),
    );
  });
});
