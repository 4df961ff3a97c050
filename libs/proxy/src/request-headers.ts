import { hopByHopNames } from './hop-by-hop.js';
import { keepHeaders, type RawHeaders } from './raw-headers.js';

/**
 * What the upstream gets to see of the caller's headers: everything except credentials, headers of
 * the caller's own connection, and traces of the network between the caller and us. The upstream is
 * asked for an uncompressed answer, because usage is read from the bytes as they pass.
 *
 * Promises: no credential of the caller survives, under any case or repetition; applying it twice
<<<<<<< HEAD
 * gives what applying it once gives. An empty key: the upstream is asked without one.
=======
 * gives what applying it once gives. An upstream that takes calls without a key has an empty one.
>>>>>>> issue-7
 */
export function upstreamRequestHeaders(headers: RawHeaders, upstreamKey: string): string[] {
  const hopByHop = hopByHopNames(headers);
  const kept = keepHeaders(
    headers,
    (name) =>
      !hopByHop.has(name) &&
      !DROPPED.has(name) &&
      !DROPPED_PREFIXES.some((prefix) => name.startsWith(prefix)),
  );
  kept.push('accept-encoding', 'identity');
  if (upstreamKey !== '') kept.push('authorization', `Bearer ${upstreamKey}`);
  return kept;
}

const CREDENTIALS = [
  'authorization',
  'x-api-key',
  'api-key',
  'x-auth-token',
  'x-goog-api-key',
  'cookie',
  'cookie2',
  // Choose which of the upstream account's organisations pays: they belong with the key we swap.
  'openai-organization',
  'openai-project',
] as const;

const SET_BY_US = ['host', 'accept-encoding', 'expect'] as const;

/** The method that was judged is the one that counts. */
const OTHER_METHODS = ['x-http-method', 'x-http-method-override', 'x-method-override'] as const;

const CALLERS_NETWORK = [
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-forwarded-for',
  'true-client-ip',
  'cf-connecting-ip',
  'fastly-client-ip',
] as const;

const DROPPED: ReadonlySet<string> = new Set([
  ...CREDENTIALS,
  ...SET_BY_US,
  ...OTHER_METHODS,
  ...CALLERS_NETWORK,
]);

/** `sec-websocket-protocol` may carry a key (`openai-insecure-api-key.<key>`); ours are for us. */
const DROPPED_PREFIXES = ['sec-websocket-', 'x-forwarded-', 'x-taskgate-'] as const;
