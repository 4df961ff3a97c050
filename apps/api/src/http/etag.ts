import { createHash } from 'node:crypto';

/** A strong entity tag (RFC 9110, section 8.8.3) of an answer that is sent as this JSON. */
export const etagOf = (data: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(data)).digest('base64url').slice(0, 27)}"`;

/** Whether `If-None-Match` names the tag; compared weakly, as proxies that compress make tags weak. */
export function namesTag(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = new Set(ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, '')));
  return tags.has('*') || tags.has(etag);
}
