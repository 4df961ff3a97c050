import { GatewayError } from '@app/errors';

/** @throws GatewayError INVALID_REQUEST; `what` begins the sentence (`The body`) */
export function requireJsonObject(value: unknown, what: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const sent = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
    throw new GatewayError('INVALID_REQUEST', `${what} takes a JSON object, not ${sent}.`);
  }
  // The validator takes every name that a class has anyway for a known field.
  if (Object.hasOwn(value, 'constructor')) {
    const message = 'constructor is not a field that is taken here';
    throw new GatewayError('INVALID_REQUEST', message, { param: 'constructor' });
  }
  return value;
}
