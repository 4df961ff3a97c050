import { createHmac } from 'node:crypto';
import { callbackSecretBytes } from './callback-secret.js';
import type { CallbackEvent } from './delivery.js';
import type { CallbackSigningKey } from './signing-key.js';

export interface CallbackHeadersInput {
  /** Stable over every attempt; receivers drop duplicates by it. */
  readonly deliveryId: string;
  readonly event: CallbackEvent;
  /** 1 for the first attempt. */
  readonly attempt: number;
  /** When this attempt is made, Unix seconds. */
  readonly timestampSeconds: number;
  /** The frozen bytes, exactly as sent. */
  readonly body: string;
  /** Every secret in force, newest first: during a rotation the old one signs as well. */
  readonly secrets: readonly string[];
  /** Signs besides the secrets, never instead of them. */
  readonly signingKey?: CallbackSigningKey | undefined;
}

/** The number is the version of what is sent, not of the gateway. */
const USER_AGENT = 'Taskgate/1 (callbacks)';

/**
 * All headers of one callback attempt, in two families: Standard Webhooks
 * (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), one
 * `v1` signature a secret and then the key pair's `v1a`, and HiAPI's, whose receivers compare one
 * signature as a whole and know one secret: the newest.
 * @throws Error when a secret is missing, empty or short, or the id could move the dots of what is signed.
 */
export function callbackHeaders(input: CallbackHeadersInput): Readonly<Record<string, string>> {
  const [newest] = input.secrets;
  if (newest === undefined)
    throw new Error('A callback is never sent unsigned: no secret is given.');
  if (!/^[A-Za-z0-9_-]+$/.test(input.deliveryId)) {
    throw new Error(
      'A delivery id is letters, digits, "_" and "-": a dot would blur what is signed.',
    );
  }
  if (!Number.isSafeInteger(input.timestampSeconds)) {
    throw new Error('The timestamp of a callback is whole Unix seconds.');
  }
  const timestamp = String(input.timestampSeconds);
  return {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    'webhook-id': input.deliveryId,
    'webhook-timestamp': timestamp,
    'webhook-signature': standardSignatures(input).join(' '),
    'X-HiAPI-Timestamp': timestamp,
    'X-HiAPI-Signature': hiapiSignature(newest, timestamp, input.body),
    'X-Taskgate-Event': input.event,
    'X-Taskgate-Attempt': String(input.attempt),
  };
}

function standardSignatures(input: CallbackHeadersInput): readonly string[] {
  const signed = `${input.deliveryId}.${input.timestampSeconds}.${input.body}`;
  const symmetric = input.secrets.map((secret) => `v1,${hmac(secret, signed)}`);
  return input.signingKey ? [...symmetric, input.signingKey.sign(signed)] : symmetric;
}

const hmac = (secret: string, signed: string): string =>
  createHmac('sha256', callbackSecretBytes(secret)).update(signed).digest('base64');

/** HiAPI's receivers take the secret as text, prefix included; the bytes inside are never decoded. */
function hiapiSignature(secret: string, timestamp: string, body: string): string {
  return createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
}
