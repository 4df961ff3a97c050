import { isJsonObject, objectAt } from './json.js';
import type { Model } from './model.js';
import type { Json, JsonObject } from './provider.js';

/** The input with the defaults that the model's schema promises; what was given wins. */
export function withDefaults(input: JsonObject, model: Model): JsonObject {
  const filled: Record<string, Json> = {};
  for (const [name, field] of Object.entries(objectAt(model.inputSchema, 'properties'))) {
    if (isJsonObject(field) && field['default'] !== undefined) filled[name] = field['default'];
  }
  return { ...filled, ...input };
}

/** The names of the fields that a model takes, in the order of its schema. */
export function fieldsOf(model: Model): readonly string[] {
  return Object.keys(objectAt(model.inputSchema, 'properties'));
}
