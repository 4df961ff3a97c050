import { GatewayError } from '@app/errors';

/** @throws GatewayError INVALID_REQUEST; `what` begins the sentence (`The body`) */
export function requireJsonObject(value: unknown, what: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new GatewayError('INVALID_REQUEST', `${what} takes a JSON object, not ${kindOf(value)}.`);
  }
  // The validator takes every name that a class has anyway for a known field.
  if (Object.hasOwn(value, 'constructor')) {
    const message = 'constructor is not a field that is taken here';
    throw new GatewayError('INVALID_REQUEST', message, { param: 'constructor' });
  }
  return value;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`;
}
