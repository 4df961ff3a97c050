/**
 * What keeps failing (a vendor's model, a receiver of callbacks) is left alone for a while, then tried
 * with one call. Times are Unix milliseconds.
 */
export interface Breaker {
  /** Faults of the other side in a row; a caller's own bad request is no fault. */
  readonly failures: number;
  /** Nothing is sent before then; null: closed. */
  readonly openUntil: number | null;
  /** How often it opened in a row: each time for longer. */
  readonly opened: number;
  /** One call was let through to see; its outcome decides. When none comes, another may try at `openUntil`. */
  readonly probing?: true;
}

/** `closed`: all may pass. `open`: none. `half-open`: one, to see. */
export type BreakerState = 'closed' | 'open' | 'half-open';

const OPENS_AFTER = 5;
const FIRST_OPEN_MS = 10_000;
const LONGEST_OPEN_MS = 5 * 60_000;
const PROBE_MS = 60_000;

/** For how long a breaker stays open at least: what a process knows of one for less time than this cannot miss a probe. */
export const SHORTEST_OPEN_MS = FIRST_OPEN_MS;

export function stateOf(breaker: Breaker | null | undefined, nowMs: number): BreakerState {
  if (!breaker || breaker.openUntil === null) return 'closed';
  return breaker.openUntil > nowMs ? 'open' : 'half-open';
}

/**
 * After a fault of the other side. It opens at the fifth in a row and after a failed probe: for 10 s,
 * then twice as long each time, 5 min at most. Faults of calls that were under way when it opened
 * change nothing.
 */
export function afterFault(breaker: Breaker | null, nowMs: number): Breaker {
  const before = breaker ?? CLOSED;
  if (stateOf(before, nowMs) === 'open' && !before.probing) return before;
  const failures = before.failures + 1;
  if (failures < OPENS_AFTER && before.openUntil === null) return { ...before, failures };
  const opened = before.opened + 1;
  const openMs = Math.min(FIRST_OPEN_MS * 2 ** (opened - 1), LONGEST_OPEN_MS);
  return { failures, openUntil: nowMs + openMs, opened };
}

/**
 * After an answer that was no fault. One of a call that was under way when the breaker
 * opened changes nothing; a probe's closes it.
 */
export function afterOk(breaker: Breaker | null, nowMs: number): Breaker | null {
  if (!breaker || isClean(breaker)) return breaker;
  if (stateOf(breaker, nowMs) === 'open' && !breaker.probing) return breaker;
  return CLOSED;
}

/** Lets one call through; until it is known how that went, or for a minute, no other. */
export const probed = (breaker: Breaker, nowMs: number): Breaker => ({
  ...breaker,
  openUntil: nowMs + PROBE_MS,
  probing: true,
});

/** Nothing of it is left to be forgiven. */
export const isClean = (breaker: Breaker | null): boolean =>
  !breaker || (breaker.failures === 0 && breaker.openUntil === null);

const CLOSED: Breaker = { failures: 0, openUntil: null, opened: 0 };
