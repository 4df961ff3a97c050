import type { Json, JsonObject, Model } from '@app/providers';

/** What the model takes, by name. */
export const fieldsOf = (model: Model): JsonObject => objectOf(model.inputSchema['properties']);

export const hasField = (model: Model, name: string): boolean =>
  Object.hasOwn(fieldsOf(model), name);

export const fieldOf = (model: Model, name: string): JsonObject =>
  hasField(model, name) ? objectOf(fieldsOf(model)[name]) : {};

/** The texts that a field chooses from; none when it takes any. */
export function choicesOf(model: Model, name: string): readonly string[] {
  const { enum: choices } = fieldOf(model, name);
  return isList(choices) ? choices.filter((choice) => typeof choice === 'string') : [];
}

export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {});

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);
