import { describe, expect, it } from 'vitest';
import { limitsOf, limitVariables } from './account-limits.js';
import { bfl } from './bfl/bfl.provider.js';
import { providers } from './registry.js';

const variables = (texts: Readonly<Record<string, string>>) => ({
  text: (name: string) => texts[name],
});

describe('limitsOf', () => {
  it('is what the vendor says where the operator says nothing', () => {
    expect(limitsOf(bfl, variables({}))).toEqual(bfl.limits);
  });

  it.each([
    ['BFL_MAX_IN_FLIGHT', '500', { inFlight: 500 }],
    ['BFL_SUBMITS_PER_SECOND', '0.2', { submitsPerSecond: 0.2 }],
    ['BFL_CHECKS_PER_SECOND', '250', { checksPerSecond: 250 }],
  ])('takes %s=%s', (name, text, changed) => {
    expect(limitsOf(bfl, variables({ [name]: text }))).toEqual({ ...bfl.limits, ...changed });
  });

  it.each([
    ['BFL_MAX_IN_FLIGHT', '0'],
    ['BFL_MAX_IN_FLIGHT', '-1'],
    ['BFL_MAX_IN_FLIGHT', '2.5'],
    ['BFL_MAX_IN_FLIGHT', 'many'],
    ['BFL_SUBMITS_PER_SECOND', '0'],
    ['BFL_SUBMITS_PER_SECOND', '1e3'],
    ['BFL_CHECKS_PER_SECOND', 'Infinity'],
    ['BFL_CHECKS_PER_SECOND', '1000000000'],
  ])('refuses %s=%s in one line that names it', (name, text) => {
    expect(() => limitsOf(bfl, variables({ [name]: text }))).toThrow(
      new RegExp(`^${name} takes a .*number from`),
    );
  });
});

describe('every vendor', () => {
  it.each(providers)('$id: has limits above nothing', ({ limits }) => {
    expect(Object.values(limits).every((limit) => limit > 0)).toBe(true);
  });

  it('has variables of its own', () => {
    const names = providers.flatMap(limitVariables);

    expect(new Set(names).size).toBe(3 * providers.length);
  });
});
