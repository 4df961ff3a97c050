import { GatewayError } from '@app/errors';
import type { Json, JsonObject } from '@app/providers';
import { isList, objectOf } from './model-fields.js';
import type { FormField } from './read-form.js';

/**
 * The fields of a form as the JSON body would have them: OpenAI's clients write `a[b]` for a member and
 * `a[]` for each item of a list, and every value as text; `schemas` say which are numbers or flags.
 * @throws GatewayError INVALID_REQUEST for a field that is given twice, or nested too deeply
 */
export function bodyOfForm(fields: readonly FormField[], schemas: JsonObject): JsonObject {
  const root: Draft = new Map();
  for (const { name, value } of fields) put(root, pathOf(name), value, name);
  return fromEntries(root, schemas);
}

/** Only ever made here, so that a name like `__proto__` is a key among others. */
type Draft = Map<string, string | string[] | Draft>;

const MAX_DEPTH = 4;

/** `a[b][]` → a, b, ''. */
function pathOf(name: string): readonly string[] {
  const [, first, rest = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  if (first === undefined) throw refuse(name, 'is no name of a field');
  const keys = [...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, key = '']) => key);
  if (keys.length > MAX_DEPTH || keys.slice(0, -1).includes('')) {
    throw refuse(name, 'is nested in a way that is not taken');
  }
  return [first, ...keys];
}

function put(draft: Draft, [key = '', ...rest]: readonly string[], value: string, name: string) {
  const before = draft.get(key);
  if (rest.length === 0) {
    if (before !== undefined) throw refuse(name, 'is given twice');
    draft.set(key, value);
    return;
  }
  if (rest.length === 1 && rest[0] === '') {
    if (before !== undefined && !Array.isArray(before)) throw refuse(name, 'is given twice');
    draft.set(key, [...(before ?? []), value]);
    return;
  }
  if (before !== undefined && !(before instanceof Map)) throw refuse(name, 'is given twice');
  const inner: Draft = before ?? new Map();
  draft.set(key, inner);
  put(inner, rest, value, name);
}

function fromEntries(draft: Draft, schemas: JsonObject): JsonObject {
  const entries = [...draft].map(([name, value]): [string, Json] => {
    const schema = objectOf(Object.hasOwn(schemas, name) ? schemas[name] : undefined);
    if (value instanceof Map) return [name, fromEntries(value, objectOf(schema['properties']))];
    if (Array.isArray(value)) {
      return [name, value.map((item) => asTyped(item, objectOf(schema['items'])))];
    }
    return [name, asTyped(value, schema)];
  });
  return Object.fromEntries(entries);
}

/** What the schema would take instead of the text; a text that it would refuse stays one. */
function asTyped(text: string, { type, enum: choices }: JsonObject): Json {
  const isNumber = /^-?\d{1,15}(\.\d{1,15})?$/.test(text);
  if ((type === 'integer' || type === 'number') && isNumber) return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (isList(choices) && isNumber && choices.includes(Number(text))) return Number(text);
  return text;
}

const refuse = (name: string, reason: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `${name} ${reason}.`, { param: name });
