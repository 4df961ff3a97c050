import type { LimitName, LimitState } from './limiter.js';

/** What the headers call what they count; reads are told as requests, because a call is one or the other. */
const TOLD: Partial<Record<LimitName, string>> = {
  requests: 'requests',
  reads: 'requests',
  tokens: 'tokens',
};

/** Where our own answers and where those of an upstream, which has such headers itself, tell of limits. */
export type LimitHeaderPrefix = 'x-ratelimit-' | 'x-taskgate-ratelimit-';

/** How the limits per minute stand, in headers as OpenAI's: `x-ratelimit-remaining-requests: 99`. */
export function limitHeaders(
  states: readonly LimitState[],
  prefix: LimitHeaderPrefix,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const { name, limit, remaining, resetMs } of states) {
    const told = TOLD[name];
    if (told === undefined) continue;
    headers[`${prefix}limit-${told}`] = String(limit);
    headers[`${prefix}remaining-${told}`] = String(remaining);
    headers[`${prefix}reset-${told}`] = inWords(resetMs);
  }
  return headers;
}

/** As OpenAI writes it: `250ms`, `1s`, `6m0s`. Rounded up: nobody comes too early. */
export function inWords(ms: number): string {
  if (ms < 1_000) return `${Math.ceil(ms)}ms`;
  const seconds = Math.ceil(ms / 1_000);
  if (seconds < 60) return `${seconds}s`;
  return `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
