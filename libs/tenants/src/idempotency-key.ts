import { GatewayError } from '@app/errors';

const MAX_BYTES = 255;

/**
 * A key by which a tenant repeats a request without having it done twice.
 * @param param where it came from, for the message
 * @throws GatewayError INVALID_REQUEST
 */
export function readIdempotencyKey(key: string, param: string): string {
  const bytes = Buffer.byteLength(key);
  if (bytes > 0 && bytes <= MAX_BYTES) return key;
  const message = `${param} takes 1 to ${MAX_BYTES} bytes, not ${bytes}.`;
  throw new GatewayError('INVALID_REQUEST', message, { param });
}
