import { Readable } from 'node:stream';
import type { DoorRequest } from './door.js';

/** Headers that belong to the connection, not to the request; the transport writes its own. */
const TRANSPORT_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
  'trailer',
]);

/**
 * A request's headers without those that only the transport may write: a `host` of the caller's
 * would name another site than the one that was vetted. `content-length` stays for streams alone.
 */
export function requestHeaders(request: DoorRequest): Record<string, string | string[]> {
  const isStream = request.body instanceof Readable;
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    const lower = name.toLowerCase();
    if (TRANSPORT_HEADERS.has(lower) || (lower === 'content-length' && !isStream)) continue;
    headers[lower] = typeof value === 'string' ? value : [...value];
  }
  return headers;
}
