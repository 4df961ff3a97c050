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
 * that is the schema's default, and its own seed: with the same one all calls would give the same.
 */
export function splitInput(input: JsonObject, model: Model): SplitInput {
  const results = countIn(withDefaults(input, model)['n']);
  const perCall = model.perCall ?? results;
  if (results <= perCall) return { ok: true, parts: [{ input, results }] };
  const calls = Math.ceil(results / perCall);
  const issue = seedIssue(input['seed'], calls, fieldOf(model, 'seed')['maximum']);
  if (issue) return { ok: false, issues: [issue] };
  const part = (index: number): InputPart => {
    const own = Math.min(perCall, results - index * perCall);
    return { input: inputOf(input, own, index, fieldOf(model, 'n')['default']), results: own };
  };
  const others = Array.from({ length: calls - 1 }, (_, index) => part(index + 1));
  return { ok: true, parts: [part(0), ...others] };
}

function inputOf(
  { n: _, ...input }: JsonObject,
  results: number,
  index: number,
  usual: Json | undefined,
): JsonObject {
  const { seed } = input;
  return {
    ...input,
    ...(typeof seed === 'number' && { seed: seed + index }),
    ...(results !== usual && { n: results }),
  };
}

/** The last call's seed is the highest. */
function seedIssue(
  seed: Json | undefined,
  calls: number,
  maximum: Json | undefined,
): InputIssue | null {
  if (typeof seed !== 'number' || typeof maximum !== 'number') return null;
  const highest = maximum - (calls - 1);
  if (seed <= highest) return null;
  const message = `${calls} calls to the vendor take seeds from this one on, and the highest is ${maximum}; give at most ${highest}, or leave it out`;
  return { path: 'input.seed', message };
}

const countIn = (n: Json | undefined): number => (typeof n === 'number' && n > 0 ? n : 1);

const fieldOf = ({ inputSchema }: Model, name: string): JsonObject =>
  objectAt(objectAt(inputSchema, 'properties'), name);
