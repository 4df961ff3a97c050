import type { Json, JsonObject, Model } from '@app/providers';
import { shown } from '../http/field-refusal.js';
import { choicesOf, hasField } from './model-fields.js';
import { refuseField } from './refuse-field.js';

/** Name the end user to OpenAI; no vendor of a task is told, so they are checked and change nothing. */
const NO_OPS: ReadonlySet<string> = new Set(['user', 'safety_identifier']);

/** OpenAI's words for "as you like": nothing is asked for, so a model without the field takes them. */
const NEUTRAL: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['n', 1],
  ['size', 'auto'],
  ['quality', 'auto'],
  ['background', 'auto'],
  ['moderation', 'auto'],
]);

/** OpenAI's fields that its clients may send as null. */
const NULLABLE: ReadonlySet<string> = new Set([
  ...NO_OPS,
  ...NEUTRAL.keys(),
  'output_format',
  'output_compression',
  'partial_images',
  'response_format',
  'stream',
  'input_fidelity',
]);

/**
 * The body's fields that ask for something; `model` is no part of them.
 * @throws GatewayError INVALID_REQUEST
 */
export function askedFor(body: JsonObject, model: Model): readonly (readonly [string, Json])[] {
  return Object.entries(body).filter(([name, value]) => {
    if (name === 'model' || (value === null && NULLABLE.has(name))) return false;
    if (NO_OPS.has(name)) return refuseNoText(name, value);
    const saysNothing = NEUTRAL.get(name) === value;
    return !saysNothing || (hasField(model, name) && takesWord(model, name, value));
  });
}

/** A number is taken by its range; of words, those of the list. */
const takesWord = (model: Model, name: string, value: Json): boolean =>
  typeof value !== 'string' || choicesOf(model, name).includes(value);

function refuseNoText(name: string, value: Json): false {
  if (typeof value === 'string') return false;
  throw refuseField(name, `${shown(value)} is not taken; give a text`);
}

/** One of some words; undefined when it was not given. */
export function wordOf<T extends string>(
  value: Json | undefined,
  { name, words }: { readonly name: string; readonly words: readonly T[] },
): T | undefined {
  if (value === undefined || value === null) return undefined;
  const word = words.find((known) => known === value);
  if (word !== undefined) return word;
  throw refuseField(name, `${shown(value)} is not taken; use one of ${words.join(', ')}`);
}

/** Width and height of `WxH`. */
export function measuresOf(size: Json): { readonly width: number; readonly height: number } | null {
  const [, width, height] =
    (typeof size === 'string' && /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(size)) || [];
  return width === undefined || height === undefined
    ? null
    : { width: Number(width), height: Number(height) };
}

/** Whether `16:9` is the exact shape of these measures. */
export function isShapeOf(
  ratio: string,
  { width, height }: { readonly width: number; readonly height: number },
): boolean {
  const [, across, down] = /^(\d{1,4}):(\d{1,4})$/.exec(ratio) ?? [];
  return across !== undefined && width * Number(down) === height * Number(across);
}
