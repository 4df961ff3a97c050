import type { Json, JsonObject, Model } from '@app/providers';
import { shown } from '../http/field-refusal.js';
import { askedFor, isShapeOf } from './common-fields.js';
import { urlOf } from './image-input.js';
import { choicesOf, fieldOf, hasField, isList } from './model-fields.js';
import { refuseField } from './refuse-field.js';

/**
 * Translates the body of `POST /v1/videos` into the model's own input; every further field of the model
 * goes in as it is, so that the model's schema judges it.
 * @param reference a file that came in a form, as `input:<id>`
 * @throws GatewayError INVALID_REQUEST with OpenAI's name of the field as param
 */
export function videoInput(body: JsonObject, model: Model, reference: string | null): JsonObject {
  const input: Record<string, Json> = {};
  const set = (name: string, fields: JsonObject): void => {
    for (const [field, value] of Object.entries(fields)) {
      if (Object.hasOwn(input, field) || (field !== name && Object.hasOwn(body, field))) {
        throw refuseField(name, `it says what ${field} says too; leave one of them out`);
      }
      input[field] = value;
    }
  };
  if (reference !== null) set('input_reference', firstFrame(reference, model));
  for (const [name, value] of askedFor(body, model)) {
    if (value === null && OPTIONAL.has(name)) continue;
    set(name, translate(name, value, model));
  }
  return input;
}

const OPTIONAL: ReadonlySet<string> = new Set(['seconds', 'size', 'input_reference']);

function translate(name: string, value: Json, model: Model): JsonObject {
  if (name === 'seconds') return { duration: secondsOf(value, model) };
  if (name === 'size' && !hasField(model, 'size')) return sizeOf(value, model);
  if (name === 'input_reference') return firstFrame(urlOf(value, name), model);
  return { [name]: value };
}

/** OpenAI's clients send it as text. */
function secondsOf(seconds: Json, model: Model): number {
  if (!hasField(model, 'duration')) {
    throw refuseField('seconds', `${model.id} takes no seconds; leave it out`);
  }
  if (typeof seconds === 'number') return seconds;
  if (typeof seconds === 'string' && /^\d{1,4}$/.test(seconds)) return Number(seconds);
  throw refuseField('seconds', `${shown(seconds)} is not taken; give whole seconds, like "8"`);
}

function firstFrame(url: string, model: Model): JsonObject {
  if (hasField(model, 'first_frame_url')) return { first_frame_url: url };
  const list = ['image_urls', 'reference_image_urls'].find((name) => hasField(model, name));
  if (list !== undefined) return { [list]: [url] };
  throw refuseField('input_reference', `${model.id} takes no picture; leave it out`);
}

function sizeOf(size: Json, model: Model): JsonObject {
  const sizes = videoSizes(model);
  const found = typeof size === 'string' ? sizes.get(size) : undefined;
  if (found) return { ...found };
  const taken =
    sizes.size === 0
      ? `${model.id} takes no size; leave it out`
      : `${model.id} takes ${[...sizes.keys()].join(', ')}; or leave it out and give aspect_ratio and resolution`;
  throw refuseField('size', `${shown(size)} is not taken; ${taken}`);
}

interface Shape {
  readonly aspect_ratio: string;
  readonly resolution: string;
}

/**
 * The sizes that a model's shapes and resolutions name, where everybody means the same by them: the
 * lines of a wide film are its height, of an upright one its width. Of other shapes each vendor has
 * measures of its own.
 */
export function videoSizes(model: Model): ReadonlyMap<string, Shape> {
  const sizes = new Map<string, Shape>();
  const ratios = choicesOf(model, 'aspect_ratio');
  for (const resolution of choicesOf(model, 'resolution')) {
    for (const [width, height] of measuresOfLines(linesOf(resolution))) {
      const ratio = ratios.find((one) => isShapeOf(one, { width, height }));
      if (ratio !== undefined) sizes.set(`${width}x${height}`, { aspect_ratio: ratio, resolution });
    }
  }
  return sizes;
}

function linesOf(resolution: string): number | null {
  if (/^4k$/i.test(resolution)) return 2160;
  const [, lines] = /^(\d{3,4})p$/i.exec(resolution) ?? [];
  return lines === undefined ? null : Number(lines);
}

/** 16:9 and upright, where that is a whole number: 480 lines are none. */
function measuresOfLines(lines: number | null): readonly (readonly [number, number])[] {
  if (lines === null || (lines * 16) % 9 !== 0) return [];
  const long = (lines * 16) / 9;
  return [
    [long, lines],
    [lines, long],
  ];
}

/** What a film is made with when the request does not say. */
export function defaultOf(model: Model, name: string): Json | undefined {
  const { default: value } = fieldOf(model, name);
  return isList(value) ? undefined : value;
}
