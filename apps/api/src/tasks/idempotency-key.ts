import { createHash } from 'node:crypto';
import type { IdempotencyRequest } from '@app/tasks';
import { readIdempotencyKey } from '@app/tenants';

/** @param param where the key came from, for the message */
export const idempotencyOf = (
  key: string | undefined,
  fingerprint: Buffer | undefined,
  param = 'Idempotency-Key',
): IdempotencyRequest | null =>
  key === undefined || !fingerprint ? null : { key: readIdempotencyKey(key, param), fingerprint };

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
