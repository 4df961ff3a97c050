import { assert, constantFrom, integer, option, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inputSchema, integerField, promptField, seedField } from './input-fields.js';
import type { Model } from './model.js';
import type { JsonObject } from './provider.js';
import { type InputPart, splitInput } from './split-input.js';

const MAX_SEED = 1_000;

function model(perCall: number | undefined, usual?: number): Model {
  const range = { min: 1, max: 10, ...(usual !== undefined && { default: usual }) };
  return {
    id: 'm',
    aliases: [],
    kind: 'image',
    vendorModel: 'm',
    inputSchema: inputSchema({
      prompt: promptField(100),
      n: integerField(range, 'How many.'),
      seed: seedField(MAX_SEED),
    }),
    example: { prompt: 'a cat' },
    pricedAs: 'm',
    ...(perCall !== undefined && { perCall }),
    typicalSeconds: 1,
    submitTimeoutSeconds: 1,
  };
}

function partsOf(input: JsonObject, of: Model): readonly InputPart[] {
  const split = splitInput(input, of);
  if (!split.ok) throw new Error(JSON.stringify(split.issues));
  return split.parts;
}

describe('splitInput', () => {
  it.each<[string, JsonObject, Model, readonly InputPart[]]>([
    [
      'one result is one call, as it came',
      { prompt: 'a cat' },
      model(1, 1),
      [{ input: { prompt: 'a cat' }, results: 1 }],
    ],
    [
      'n goes through where the vendor makes them in one call',
      { prompt: 'a cat', n: 4, seed: 7 },
      model(undefined, 1),
      [{ input: { prompt: 'a cat', n: 4, seed: 7 }, results: 4 }],
    ],
    [
      'n up to what one call makes goes through',
      { prompt: 'a cat', n: 4 },
      model(4, 1),
      [{ input: { prompt: 'a cat', n: 4 }, results: 4 }],
    ],
    [
      'three results of a vendor that makes one are three calls',
      { prompt: 'a cat', n: 3 },
      model(1, 1),
      [1, 2, 3].map(() => ({ input: { prompt: 'a cat' }, results: 1 })),
    ],
    [
      'the rest is a smaller call',
      { prompt: 'a cat', n: 5 },
      model(2, 1),
      [
        { input: { prompt: 'a cat', n: 2 }, results: 2 },
        { input: { prompt: 'a cat', n: 2 }, results: 2 },
        { input: { prompt: 'a cat' }, results: 1 },
      ],
    ],
    [
      'one is said where the default is another',
      { prompt: 'a cat', n: 2 },
      model(1, 4),
      [1, 2].map(() => ({ input: { prompt: 'a cat', n: 1 }, results: 1 })),
    ],
    [
      'a default above what one call makes is split too',
      { prompt: 'a cat' },
      model(2, 3),
      [
        { input: { prompt: 'a cat', n: 2 }, results: 2 },
        { input: { prompt: 'a cat', n: 1 }, results: 1 },
      ],
    ],
    [
      'each call has a seed of its own',
      { prompt: 'a cat', n: 3, seed: MAX_SEED - 2 },
      model(1, 1),
      [998, 999, 1_000].map((seed) => ({ input: { prompt: 'a cat', seed }, results: 1 })),
    ],
    [
      'a call of several leaves the seeds that its results count on to the next call',
      { prompt: 'a cat', n: 5, seed: 7 },
      model(2, 1),
      [
        { input: { prompt: 'a cat', n: 2, seed: 7 }, results: 2 },
        { input: { prompt: 'a cat', n: 2, seed: 9 }, results: 2 },
        { input: { prompt: 'a cat', seed: 11 }, results: 1 },
      ],
    ],
  ])('%s', (_, input, of, expected) => {
    expect(partsOf(input, of)).toEqual(expected);
  });

  it('refuses a seed whose followers would pass the highest one', () => {
    expect(splitInput({ prompt: 'a cat', n: 3, seed: MAX_SEED - 1 }, model(1, 1))).toEqual({
      ok: false,
      issues: [
        {
          path: 'input.seed',
          message:
            '3 calls to the vendor take seeds from this one on, and the highest is 1000; give at most 998, or leave it out',
        },
      ],
    });
  });

  it('makes as many results as were asked for, no call more than it can, none for nothing', () => {
    const laws = property(
      integer({ min: 1, max: 10 }),
      option(integer({ min: 1, max: 10 }), { nil: undefined }),
      option(integer({ min: 0, max: MAX_SEED - 9 }), { nil: undefined }),
      constantFrom(undefined, 1, 4),
      (n, perCall, seed, usual) => {
        const input = { prompt: 'a cat', n, ...(seed !== undefined && { seed }) };
        const parts = partsOf(input, model(perCall, usual));
        expect(parts.reduce((sum, { results }) => sum + results, 0)).toBe(n);
        for (const part of parts) {
          expect(part.results).toBeGreaterThan(0);
          expect(part.results).toBeLessThanOrEqual(perCall ?? n);
          expect(part.input['n'] ?? usual).toBe(part.results);
        }
        const seeds = parts.flatMap((part) => part.input['seed'] ?? []);
        expect(new Set(seeds).size).toBe(seed === undefined ? 0 : parts.length);
      },
    );

    assert(laws, { numRuns: 500, seed: 20_261_123 });
  });
});
