import { GatewayError } from '@app/errors';

/**
 * Refuses texts that no row can hold (Postgres knows neither U+0000 nor half of a surrogate pair) and
 * the key `__proto__`, which would reach an object's prototype when the value is merged somewhere.
 * @throws GatewayError INVALID_REQUEST with the field as param
 */
export function refuseUnsafeJson(value: unknown, path = ''): void {
  if (typeof value === 'string') return refuseUnstorable(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    refuseUnstorable(key, path);
    const place = path === '' ? key : `${path}.${key}`;
    if (key === '__proto__') throw refusal(place, 'the key "__proto__" is not taken');
    refuseUnsafeJson(member, place);
  }
}

function refuseUnstorable(text: string, path: string): void {
  if (text.includes('\0')) throw refusal(path, 'the character U+0000 is not taken');
  if (!text.isWellFormed()) throw refusal(path, 'half of a surrogate pair is not taken');
}

const refusal = (path: string, reason: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', path === '' ? `${reason}.` : `${path}: ${reason}.`, {
    param: path === '' ? undefined : path,
  });
