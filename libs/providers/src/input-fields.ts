import type { JsonObject } from './provider.js';

/**
 * The unified vocabulary as JSON Schema pieces, so that a field means and reads the same in every
 * model. A model's schema lists just the fields it takes; `prompt` is always required.
 */
export function inputSchema(
  properties: Readonly<Record<string, JsonObject>>,
  { required = ['prompt'], rules = [] }: SchemaOptions = {},
): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties,
    required,
    additionalProperties: false,
    ...(rules.length === 0 ? {} : { allOf: rules }),
  };
}

export interface SchemaOptions {
  /** Default: `prompt` alone. */
  readonly required?: readonly string[];
  /** What several fields must be to each other: `notTogether`, `needs`, `oneOf`, `whenThen`. */
  readonly rules?: readonly JsonObject[];
}

/**
 * On a subschema: `{at, says}`, the field to name and the sentence to tell when it does not hold; for
 * messages, because the keywords of JSON Schema cannot say what is meant.
 */
export const RULE_KEYWORD = 'x-rule';

/** `field` excludes each of the others. */
export function notTogether(field: string, ...others: readonly string[]): JsonObject {
  return {
    [RULE_KEYWORD]: { at: field, says: `${field} excludes ${others.join(', ')}; leave one out` },
    not: { required: [field], anyOf: others.map((other) => ({ required: [other] })) },
  };
}

/** `field` is nothing without at least one of the others. */
export function needs(field: string, ...others: readonly string[]): JsonObject {
  return {
    [RULE_KEYWORD]: { at: field, says: `${field} needs ${others.join(' or ')} beside it` },
    if: { required: [field] },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema; nobody awaits a schema
    then: { anyOf: others.map((other) => ({ required: [other] })) },
  };
}

/** At least one of the fields. */
export function atLeastOne(...fields: readonly string[]): JsonObject {
  return {
    [RULE_KEYWORD]: { at: fields[0] ?? '', says: `give at least one of ${fields.join(', ')}` },
    anyOf: fields.map((field) => ({ required: [field] })),
  };
}

/**
 * Where the input is as `when` (fields by name, with their subschemas), `then` holds too. A field that
 * is absent does not match, its default notwithstanding.
 */
export function whenThen(
  rule: { readonly at: string; readonly says: string },
  when: Readonly<Record<string, JsonObject>>,
  then: Readonly<Record<string, JsonObject>>,
): JsonObject {
  return {
    [RULE_KEYWORD]: rule,
    if: { properties: when, required: Object.keys(when) },
    // oxlint-disable-next-line unicorn/no-thenable -- as above
    then: { properties: then },
  };
}

/**
 * Vendor fields that the vocabulary lacks, by the vendor's own names. Only what is listed is taken:
 * nothing that the adapter sets, that is priced, that names a URL or that calls back.
 */
export function providerOptionsField(properties: Readonly<Record<string, JsonObject>>): JsonObject {
  return {
    type: 'object',
    properties,
    additionalProperties: false,
    description: "Fields of the vendor's own that have no common name.",
  };
}

export function promptField(maxLength: number, description = 'What to make.'): JsonObject {
  return { type: 'string', minLength: 1, maxLength, description };
}

export function negativePromptField(maxLength: number): JsonObject {
  return { type: 'string', minLength: 1, maxLength, description: 'What must not be seen.' };
}

/** `WxH` in pixels; the vendor's limits are checked in `prepare`, where the message can name them. */
export function sizeField(limits: string): JsonObject {
  return {
    type: 'string',
    pattern: '^[1-9][0-9]{0,4}x[1-9][0-9]{0,4}$',
    examples: ['1024x1024'],
    description: `Width x height in pixels, instead of aspect_ratio and resolution: ${limits}.`,
  };
}

/** One value out of a list; the first of `values` is not implied unless `fallback` names it. */
export function choiceField(
  values: readonly string[],
  description: string,
  fallback?: string,
): JsonObject {
  return { enum: values, description, ...(fallback === undefined ? {} : { default: fallback }) };
}

export function integerChoiceField(
  values: readonly number[],
  description: string,
  fallback: number,
): JsonObject {
  return { enum: values, description, default: fallback };
}

export function integerField(
  range: { readonly min: number; readonly max: number; readonly default?: number },
  description: string,
): JsonObject {
  const fallback = range.default === undefined ? {} : { default: range.default };
  return { type: 'integer', minimum: range.min, maximum: range.max, description, ...fallback };
}

export function flagField(description: string, fallback: boolean): JsonObject {
  return { type: 'boolean', description, default: fallback };
}

export function seedField(max: number): JsonObject {
  return integerField({ min: 0, max }, 'The same seed and input give a similar result.');
}

/** Marks fields whose value is fetched before the submit: `"x-media": "image"`; for clients, not for validation. */
export const MEDIA_KEYWORD = 'x-media';

/** What `x-media` says. */
export type MediaKeyword = 'image' | 'video' | 'audio';

/**
 * A picture: an http(s) URL, a data URL, or `input:<id>` of one that is kept already. No length is
 * stated: the body's limit bounds a data URL.
 */
export function imageField(description: string): JsonObject {
  return mediaField('image', 'picture.png', description);
}

export function videoField(description: string): JsonObject {
  return mediaField('video', 'film.mp4', description);
}

export function audioField(description: string): JsonObject {
  return mediaField('audio', 'voice.mp3', description);
}

export function imagesField(maxItems: number, description: string): JsonObject {
  return listField(imageField('One picture.'), maxItems, description);
}

export function videosField(maxItems: number, description: string): JsonObject {
  return listField(videoField('One film.'), maxItems, description);
}

export function audiosField(maxItems: number, description: string): JsonObject {
  return listField(audioField('One sound.'), maxItems, description);
}

function mediaField(kind: MediaKeyword, file: string, description: string): JsonObject {
  return {
    type: 'string',
    pattern: `^(https?://|data:${kind}/|input:)`,
    examples: [`https://example.com/${file}`],
    description,
    [MEDIA_KEYWORD]: kind,
  };
}

function listField(items: JsonObject, maxItems: number, description: string): JsonObject {
  return { type: 'array', items, minItems: 1, maxItems, description };
}
