import { withDefaults } from './input-defaults.js';
import { type Json, objectAt } from './json.js';
import type { Model } from './model.js';
import type { InputIssue, JsonObject } from './provider.js';

/** The input of one call to the vendor. */
export interface InputPart {
  readonly input: JsonObject;
  /** How many of the results that were asked for it makes. */
  readonly results: number;
}

export type SplitInput =
  | { readonly ok: true; readonly parts: readonly [InputPart, ...InputPart[]] }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/**
 * Pure. The calls that an input (valid against the model's schema) takes: one, unless it asks for more
 * results than the vendor makes in one call (`Model.perCall`). Then each has its own `n`, absent where
 * that is the schema's default, and its own seed: with the same one all calls would give the same. A
 * vendor that makes several counts the seed on from one to the next, so the next call begins behind them.
 */
export function splitInput(input: JsonObject, model: Model): SplitInput {
  const results = countIn(withDefaults(input, model)['n']);
  const perCall = model.perCall ?? results;
  if (results <= perCall) return { ok: true, parts: [{ input, results }] };
  const calls = Math.ceil(results / perCall);
  const last = (calls - 1) * perCall;
  const issue = seedIssue(input['seed'], { calls, last }, fieldOf(model, 'seed')['maximum']);
  if (issue) return { ok: false, issues: [issue] };
  const part = (index: number): InputPart => {
    const first = index * perCall;
    const own = Math.min(perCall, results - first);
    return { input: inputOf(input, own, first, fieldOf(model, 'n')['default']), results: own };
  };
  const others = Array.from({ length: calls - 1 }, (_, index) => part(index + 1));
  return { ok: true, parts: [part(0), ...others] };
}

function inputOf(
  { n: _, ...input }: JsonObject,
  results: number,
  first: number,
  usual: Json | undefined,
): JsonObject {
  const { seed } = input;
  return {
    ...input,
    ...(typeof seed === 'number' && { seed: seed + first }),
    ...(results !== usual && { n: results }),
  };
}

/** The last call's seed is the highest: `last` results come before its own. */
function seedIssue(
  seed: Json | undefined,
  { calls, last }: { readonly calls: number; readonly last: number },
  maximum: Json | undefined,
): InputIssue | null {
  if (typeof seed !== 'number' || typeof maximum !== 'number') return null;
  const highest = maximum - last;
  if (seed <= highest) return null;
  const message = `${calls} calls to the vendor take seeds from this one on, and the highest is ${maximum}; give at most ${highest}, or leave it out`;
  return { path: 'input.seed', message };
}

const countIn = (n: Json | undefined): number => (typeof n === 'number' && n > 0 ? n : 1);

const fieldOf = ({ inputSchema }: Model, name: string): JsonObject =>
  objectAt(objectAt(inputSchema, 'properties'), name);
