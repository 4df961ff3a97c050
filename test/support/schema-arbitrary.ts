import type { Json, JsonObject, MediaKind, Model } from '@app/providers';
import * as fc from 'fast-check';

type Values = fc.Arbitrary<Json>;

/** URLs to put where a schema takes media. */
export type MediaUrls = Readonly<Record<MediaKind, string>>;

/** Inputs that a model may take, by its schema: many valid, some not, as its rules between fields say. */
export function inputsOf(model: Model, urls: MediaUrls): fc.Arbitrary<JsonObject> {
  const fields = Object.entries(objectOf(model.inputSchema['properties'])).map(
    ([name, schema]) => [name, valuesOf(objectOf(schema), urls)] as const,
  );
  const required = listOf(model.inputSchema['required']).map(String);
  const example = withUrls(model, urls);
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant(example) },
    { weight: 6, arbitrary: changed(example, fields) },
    { weight: 2, arbitrary: someOf(fields, required) },
  );
}

/** Inputs with something wrong in them, or nothing of an input at all. */
export function brokenInputsOf(model: Model, urls: MediaUrls): fc.Arbitrary<unknown> {
  const broken = fc
    .tuple(inputsOf(model, urls), fc.string({ maxLength: 12 }), fc.jsonValue(), fc.nat())
    .map(([input, name, value, at]) => {
      const names = [...Object.keys(objectOf(model.inputSchema['properties'])), name];
      return { ...input, [names[at % names.length] ?? name]: value };
    });
  return fc.oneof({ weight: 4, arbitrary: broken }, { weight: 1, arbitrary: fc.jsonValue() });
}

/** The model's own example, with media that are there. */
export function withUrls(model: Model, urls: MediaUrls): JsonObject {
  const fields = objectOf(model.inputSchema['properties']);
  return Object.fromEntries(
    Object.entries(model.example).map(([name, value]) => {
      const field = objectOf(fields[name]);
      const kind = kindOf(field) ?? kindOf(objectOf(field['items']));
      if (!kind) return [name, value];
      return [name, Array.isArray(value) ? value.map(() => urls[kind]) : urls[kind]];
    }),
  );
}

type Fields = readonly (readonly [string, Values])[];

/** Up to three fields set otherwise, up to two left out. */
function changed(example: JsonObject, fields: Fields): fc.Arbitrary<JsonObject> {
  return fc
    .tuple(
      fc.subarray([...fields], { minLength: 1, maxLength: Math.min(3, fields.length) }),
      fc.subarray(Object.keys(example), { maxLength: Math.min(2, Object.keys(example).length) }),
      fc.boolean(),
    )
    .chain(([more, less, leavesOut]) =>
      fc.record(Object.fromEntries(more)).map((values) => ({
        ...Object.fromEntries(
          Object.entries(example).filter(([name]) => !leavesOut || !less.includes(name)),
        ),
        ...values,
      })),
    );
}

function someOf(fields: Fields, required: readonly string[]): fc.Arbitrary<JsonObject> {
  const requiredKeys = fields.map(([name]) => name).filter((name) => required.includes(name));
  return fc.record(Object.fromEntries(fields), { requiredKeys });
}

function valuesOf(schema: JsonObject, urls: MediaUrls): Values {
  const kind = kindOf(schema);
  if (kind) return fc.constant(urls[kind]);
  if (schema['const'] !== undefined) return fc.constant(schema['const']);
  const choices = listOf(schema['enum']);
  if (choices.length > 0) return fc.constantFrom(...choices);
  const branches = [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])];
  if (branches.length > 0) {
    return fc.oneof(...branches.map((branch) => valuesOf(objectOf(branch), urls)));
  }
  const { type } = schema;
  switch (typeof type === 'string' ? type : 'anything') {
    case 'string':
      return textsOf(schema);
    case 'integer':
      return fc.integer({ min: numberOf(schema['minimum'], 0), max: maximumOf(schema) });
    case 'number':
      return numbersOf(schema);
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(valuesOf(objectOf(schema['items']), urls), {
        minLength: numberOf(schema['minItems'], 0),
        maxLength: Math.min(numberOf(schema['maxItems'], 4), 4),
      });
    case 'object':
      return someOf(
        Object.entries(objectOf(schema['properties'])).map(
          ([name, field]) => [name, valuesOf(objectOf(field), urls)] as const,
        ),
        listOf(schema['required']).map(String),
      );
    default:
      return fc.jsonValue() as Values;
  }
}

const maximumOf = (schema: JsonObject): number =>
  Math.min(numberOf(schema['maximum'], 2 ** 31), Number.MAX_SAFE_INTEGER);

function numbersOf(schema: JsonObject): Values {
  const step = numberOf(schema['multipleOf'], 0.25);
  const [min, max] = [numberOf(schema['minimum'], 0), numberOf(schema['maximum'], 100)];
  return fc
    .integer({ min: Math.ceil(min / step), max: Math.floor(max / step) })
    .map((steps) => Number((steps * step).toFixed(6)));
}

/** Sizes that most vendors know; the pattern alone would hardly ever meet one. */
const SIZES = ['1024x1024', '1280x720', '1536x1024', '2048x2048', '1664x928'];

function textsOf(schema: JsonObject): Values {
  const { pattern, examples } = schema;
  if (typeof pattern === 'string') {
    const known = [...listOf(examples), ...SIZES].filter(
      (text) => typeof text === 'string' && new RegExp(pattern, 'u').test(text),
    );
    const written = fc.stringMatching(new RegExp(pattern, 'u'));
    return known.length > 0 ? fc.oneof(fc.constantFrom(...known), written) : written;
  }
  const limits = {
    minLength: numberOf(schema['minLength'], 0),
    maxLength: Math.min(numberOf(schema['maxLength'], 60), 60),
  };
  return fc
    .oneof(fc.string(limits), fc.string({ ...limits, unit: 'grapheme' }))
    .filter((text) => !text.includes('[['));
}

function kindOf(schema: JsonObject): MediaKind | null {
  const kind = schema['x-media'];
  return kind === 'image' || kind === 'video' || kind === 'audio' ? kind : null;
}

const objectOf = (value: Json | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];

const numberOf = (value: Json | undefined, fallback: number): number =>
  typeof value === 'number' ? value : fallback;
