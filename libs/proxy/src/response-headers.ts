import { hopByHopNames } from './hop-by-hop.js';
import { isEventStream } from './media-type.js';
import { headerValue, keepHeaders, type RawHeaders } from './raw-headers.js';

/**
 * What the caller gets to see of the upstream's answer headers: everything (`x-request-id`,
 * `x-ratelimit-*`, `openai-*`, `retry-after*`, `location`, `content-disposition`, …) except headers
 * of the upstream's connection, cookies, and what the upstream states about its own origin. Bytes
 * are not touched, so `content-length` and `content-encoding` stay true. Adds our request id, and to
 * an event stream the word that keeps nginx from buffering it
 * (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
 */
export function clientResponseHeaders(headers: RawHeaders, answer: AnswerFacts): string[] {
  const hopByHop = hopByHopNames(headers);
  const kept = keepHeaders(
    headers,
    (name) =>
      !hopByHop.has(name) &&
      !DROPPED.has(name) &&
      !DROPPED_PREFIXES.some((prefix) => name.startsWith(prefix)) &&
      // RFC 9110 §8.6: never on a 204.
      !(name === 'content-length' && answer.status === 204),
  );
  if (isEventStream(headerValue(kept, 'content-type'))) kept.push('x-accel-buffering', 'no');
  kept.push('x-taskgate-request-id', answer.requestId);
  return kept;
}

export interface AnswerFacts {
  readonly status: number;
  readonly requestId: string;
}

/** Statements about the upstream's origin would be taken for statements about ours. */
const DROPPED: ReadonlySet<string> = new Set([
  'set-cookie',
  'set-cookie2',
  'alt-svc',
  'clear-site-data',
  'strict-transport-security',
  'x-accel-buffering',
]);

/** Who may call us from a browser is our own setting, not the upstream's. */
const DROPPED_PREFIXES = ['access-control-', 'x-taskgate-'] as const;
