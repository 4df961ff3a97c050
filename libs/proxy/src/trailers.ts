import type { ServerResponse } from 'node:http';
import type { UpstreamAnswer } from './answer-handler.js';
import { headerPairs, headerValue, keepHeaders, type RawHeaders } from './raw-headers.js';

/**
 * The `Trailer` header for the caller, flat as for `writeHead`: the names that the upstream announces and
 * that may stand behind a body. Empty where the answer goes out without chunks, which is where trailers
 * have no place (HTTP/1.0, HEAD, a told length).
 */
export function trailerHeader(answer: UpstreamAnswer, response: ServerResponse): string[] {
  const names = [...passedNames(answer.headers)];
  return names.length > 0 && goesInChunks(answer, response) ? ['trailer', names.join(', ')] : [];
}

/** Sends on what came behind the body. Call after the head, and before the body is piped, which ends the response. */
export function sendTrailers(answer: UpstreamAnswer, response: ServerResponse): void {
  const names = passedNames(answer.headers);
  if (names.size === 0) return;
  answer.body.once('end', () => {
    if (!response.chunkedEncoding) return;
    const kept = keepHeaders(answer.trailers(), (name) => names.has(name));
    response.addTrailers([...headerPairs(kept)].map(([name, value]): Pair => [name, value]));
  });
}

type Pair = [name: string, value: string];

function goesInChunks({ status, headers }: UpstreamAnswer, { req }: ServerResponse): boolean {
  const hasBody = req.method !== 'HEAD' && status !== 204 && status !== 304;
  const isTold = headerValue(headers, 'content-length') !== undefined;
  const isChunked = headerValue(headers, 'transfer-encoding') !== undefined;
  return hasBody && req.httpVersion !== '1.0' && (isChunked || !isTold);
}

function passedNames(headers: RawHeaders): ReadonlySet<string> {
  const announced = keepHeaders(headers, (name) => name === 'trailer')
    .filter((_, at) => at % 2 === 1)
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase());
  return new Set(announced.filter((name) => MAY_TRAIL.test(name) && !FORBIDDEN.has(name)));
}

const MAY_TRAIL = /^(?!content-|access-control-|x-taskgate-|proxy-)[a-z0-9!#$%&'*+.^_`|~-]+$/;

/** RFC 9110 §6.5.1: framing, routing, authentication, cookies, and what steers caches and retries. */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'age',
  'alt-svc',
  'authorization',
  'cache-control',
  'clear-site-data',
  'connection',
  'cookie',
  'date',
  'expires',
  'host',
  'keep-alive',
  'location',
  'pragma',
  'retry-after',
  'set-cookie',
  'set-cookie2',
  'strict-transport-security',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'warning',
  'www-authenticate',
  'x-accel-buffering',
]);
