import { createHash } from 'node:crypto';
import { GatewayError } from '@app/errors';
import type { IdempotencyRequest } from '@app/tasks';

const MAX_BYTES = 255;

/** @param param where the key came from, for the message */
export function idempotencyOf(
  key: string | undefined,
  fingerprint: Buffer | undefined,
  param = 'Idempotency-Key',
): IdempotencyRequest | null {
  if (key === undefined || !fingerprint) return null;
  const bytes = Buffer.byteLength(key);
  if (bytes > 0 && bytes <= MAX_BYTES) return { key, fingerprint };
  const message = `${param} takes 1 to ${MAX_BYTES} bytes, not ${bytes}.`;
  throw new GatewayError('INVALID_REQUEST', message, { param });
}

/** The key of one task of a batch that has a key as a whole. */
export const keyWithinBatch = (key: string, index: number): string => `${key}#${index}`;

/** SHA-256 of a value's JSON, the same whatever order its members come in. */
export const fingerprintOf = (value: unknown): Buffer =>
  createHash('sha256').update(canonicalJson(value)).digest();

/** What was read as JSON, with the members of every object in order of their names (as RFC 8785 does). */
function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const texts = members.map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${texts.join(',')}}`;
}
