import { GatewayError } from '@app/errors';

/** More than any request that is meant needs; walking and validating more would hold up everybody. */
const MAX_VALUES = 10_000;
const MAX_DEPTH = 32;

/**
 * Refuses texts that no row can hold (Postgres knows neither U+0000 nor half of a surrogate pair), the
 * key `__proto__`, which would reach an object's prototype when the value is merged somewhere, and
 * bodies of so many or so deeply nested values that judging them would take seconds.
 * @throws GatewayError INVALID_REQUEST with the field as param
 */
export function refuseUnsafeJson(value: unknown): void {
  const seen = { values: 0 };
  walk(value, '', 0, seen);
}

function walk(value: unknown, path: string, depth: number, seen: { values: number }): void {
  seen.values += 1;
  if (seen.values > MAX_VALUES) throw refusal('', `more than ${MAX_VALUES} values are not taken`);
  if (depth > MAX_DEPTH)
    throw refusal('', `more than ${MAX_DEPTH} levels of nesting are not taken`);
  if (typeof value === 'string') return refuseUnstorable(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    refuseUnstorable(key, path);
    const place = path === '' ? key : `${path}.${key}`;
    if (key === '__proto__') throw refusal(place, 'the key "__proto__" is not taken');
    walk(Reflect.get(value, key), place, depth + 1, seen);
  }
}

function refuseUnstorable(text: string, path: string): void {
  if (text.includes('\0')) throw refusal(path, 'the character U+0000 is not taken');
  if (!text.isWellFormed()) throw refusal(path, 'half of a surrogate pair is not taken');
}

const refusal = (path: string, reason: string): GatewayError =>
  new GatewayError(
    'INVALID_REQUEST',
    path === '' ? `The body: ${reason}.` : `${path}: ${reason}.`,
    {
      param: path === '' ? undefined : path,
    },
  );
