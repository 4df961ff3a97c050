import { createHash } from 'node:crypto';
import { GatewayError } from '@app/errors';
import { readIdempotencyKey } from '@app/tenants';
import type { ProxyCall } from '../proxy-call.js';
import { headerPairs, type RawHeaders } from '../raw-headers.js';

export const IDEMPOTENCY_HEADER = 'Idempotency-Key';

/** Whether a call has a key that means something; on other methods the header is only passed on. */
export const isKeyed = (method: string, headers: RawHeaders): boolean =>
  method === 'POST' && keysIn(headers).length > 0;

/**
 * The key of a call; null: it has none, or is not a POST.
 * @throws GatewayError INVALID_REQUEST
 */
export function idempotencyKey(call: Pick<ProxyCall, 'method' | 'headers'>): string | null {
  if (!isKeyed(call.method, call.headers)) return null;
  const [key = '', ...more] = keysIn(call.headers);
  if (more.length === 0) return readIdempotencyKey(key, IDEMPOTENCY_HEADER);
  throw new GatewayError('INVALID_REQUEST', `${IDEMPOTENCY_HEADER} takes one key, not several.`, {
    param: IDEMPOTENCY_HEADER,
  });
}

/** SHA-256 of method, path with query, and body, byte for byte. */
export const fingerprintOf = ({ method, target, body }: ProxyCall): Buffer =>
  createHash('sha256')
    .update(`${method} ${target.path}${target.query}\n`)
    .update(body?.bytes ?? '')
    .digest();

const keysIn = (headers: RawHeaders): string[] =>
  [...headerPairs(headers)].flatMap(([name, value]) =>
    name.toLowerCase() === IDEMPOTENCY_HEADER.toLowerCase() ? [value] : [],
  );
