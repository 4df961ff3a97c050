import type { JsonObject } from './provider.js';

/**
 * The unified vocabulary as JSON Schema pieces, so that a field means and reads the same in every
 * model. A model's schema lists just the fields it takes; `prompt` is always required.
 */
export function inputSchema(properties: Readonly<Record<string, JsonObject>>): JsonObject {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties,
    required: ['prompt'],
    additionalProperties: false,
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

/**
 * A picture: an http(s) URL, a data URL, or `input:<id>` of one that is kept already. No length is
 * stated: the body's limit bounds a data URL.
 */
export function imageField(description: string): JsonObject {
  return {
    type: 'string',
    pattern: '^(https?://|data:image/|input:)',
    examples: ['https://example.com/picture.png'],
    description,
    [MEDIA_KEYWORD]: 'image',
  };
}

export function imagesField(maxItems: number, description: string): JsonObject {
  return { type: 'array', items: imageField('One picture.'), minItems: 1, maxItems, description };
}
