import { randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const NEW_SECRET_BYTES = 32;

/** Below this an HMAC-SHA256 key is guessable; the specification asks for 24 to 64 bytes. */
const MIN_SECRET_BYTES = 24;

/** A fresh signing secret in the spelling of Standard Webhooks: `whsec_` and base64 of 32 random bytes. */
export const newCallbackSecret = (): string =>
  PREFIX + randomBytes(NEW_SECRET_BYTES).toString('base64');

/**
 * The bytes that a `whsec_` secret stands for. An empty or short secret is refused, because a
 * signature under it could be made by anyone.
 * @throws Error saying what is taken, never the secret.
 */
export function callbackSecretBytes(secret: string): Buffer {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length < MIN_SECRET_BYTES || bytes.toString('base64') !== encoded) {
    throw new Error(
      `A callback secret is "${PREFIX}" and base64 of at least ${MIN_SECRET_BYTES} bytes; this one is not.`,
    );
  }
  return bytes;
}
