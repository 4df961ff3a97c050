import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aRoute } from '../testing/a-route.js';
import { matchRoute } from './match-route.js';

const routesFor = (models: readonly string[]) => models.map((model) => aRoute(model));

describe('matchRoute', () => {
  it.each<[string, readonly string[], string | null, string | null]>([
    ['takes the one of the very name', ['*', 'gpt-5*', 'gpt-5'], 'gpt-5', 'gpt-5'],
    ['takes a name before a longer glob', ['a*bcdefgh*', 'abcdefgh'], 'abcdefgh', 'abcdefgh'],
    [
      'takes the glob that says most',
      ['*', 'gpt-5*', 'gpt-5-mini*'],
      'gpt-5-mini-x',
      'gpt-5-mini*',
    ],
    ['counts no stars', ['g***********', 'gpt*'], 'gpt-4', 'gpt*'],
    ['takes the last resort', ['gpt-5*', '*'], 'o3', '*'],
    ['takes the first by alphabet of two that say as much', ['*-b', 'a-*'], 'a-b', '*-b'],
    ['takes dots and dashes alike', ['gpt-4.1'], 'gpt-4-1', 'gpt-4.1'],
    ['takes them alike in a glob', ['gpt-4-1*'], 'gpt-4.1-mini', 'gpt-4-1*'],
    ['makes no difference of case', ['Claude*'], 'CLAUDE-x', 'Claude*'],
    ['takes names with slashes', ['anthropic/*'], 'anthropic/claude', 'anthropic/*'],
    ['finds none', ['gpt-5'], 'gpt-5-mini', null],
    ['finds none for a call without a model', ['*'], null, null],
    ['finds none among none', [], 'gpt-5', null],
    ['takes the first by alphabet of two spellings', ['gpt.5', 'gpt-5'], 'gpt-5', 'gpt-5'],
  ])('%s', (_, models, asked, expected) => {
    expect(matchRoute(routesFor(models), asked)?.model ?? null).toBe(expected);
  });

  it('chooses the same whatever order the routes come in, and one that matches', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-', '*'), maxLength: 5 });
    const models = fc.uniqueArray(text, { minLength: 1, maxLength: 8 });
    const shuffles = models.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '.', '-'), maxLength: 5 });
    fc.assert(
      fc.property(shuffles, name, ([one, other], asked) => {
        const found = matchRoute(routesFor(one), asked)?.model;

        expect(matchRoute(routesFor(other), asked)?.model).toBe(found);
        const matching = one.filter((model) => meansByExpression(model, asked));
        expect(found === undefined).toBe(matching.length === 0);
        if (found !== undefined) expect(matching).toContain(found);
        const exact = matching.find((model) => !model.includes('*'));
        if (exact !== undefined) expect(found).not.toContain('*');
      }),
    );
  });
});

function meansByExpression(glob: string, name: string): boolean {
  const pattern = glob.replaceAll('.', '-').replaceAll(/\*+/g, '.*');
  return new RegExp(`^${pattern}$`).test(name.replaceAll('.', '-'));
}
