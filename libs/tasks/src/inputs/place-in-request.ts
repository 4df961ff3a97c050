import type { Json, JsonObject } from '@app/providers';

/**
 * A copy of the request with a value at a JSON Pointer (RFC 6901).
 * @throws Error when there is no such place: the adapter named one that its request does not have
 */
export function placeInRequest(request: JsonObject, pointer: string, value: Json): JsonObject {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const placed = place(request, keys, value);
  if (keys.length > 0 && isObject(placed)) return placed;
  throw noPlace(pointer);
}

function place(target: Json, keys: readonly string[], value: Json): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  if (isObject(target)) {
    if (!Object.hasOwn(target, key)) throw noPlace(key);
    return { ...target, [key]: place(target[key] ?? null, rest, value) };
  }
  if (!isList(target) || target[Number(key)] === undefined) throw noPlace(key);
  return target.map((item, index) => (String(index) === key ? place(item, rest, value) : item));
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

const noPlace = (what: string): Error => new Error(`The request has no place "${what}" for a file`);
