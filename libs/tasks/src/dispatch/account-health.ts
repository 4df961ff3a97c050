/** What a vendor's throttling taught about an account. Times are Unix milliseconds. */
export interface AccountHealth {
  /** The in-flight limit after the last 429 that lowered it; it grows by a tenth of the configured one a quiet minute. */
  readonly limit: number;
  /** When it was lowered last. */
  readonly throttledAt: number;
  /** Nothing is sent before then. */
  readonly coolUntil: number;
}

/** A vendor said "too many" (429). */
export interface Throttle {
  readonly nowMs: number;
  /** The configured in-flight limit of the account. */
  readonly configured: number;
  /** What the vendor asked for. */
  readonly retryAfterMs?: number | undefined;
}

const FACTOR = 0.7;
/** A burst of answers to what was sent together is one sign, not many. */
const ONCE_MS = 5_000;
const DEFAULT_COOL_MS = 2_000;
const LONGEST_COOL_MS = 10 * 60_000;
const GROWS_EVERY_MS = 60_000;
/** So that an account is back after ten quiet minutes at the latest, whatever its size. */
const GROWS_BY = 0.1;

/** Jobs that the account may have in flight now; always at least one. */
export function limitNow(
  health: AccountHealth | null | undefined,
  configured: number,
  nowMs: number,
): number {
  if (!health) return configured;
  const quietMinutes = Math.max(Math.floor((nowMs - health.throttledAt) / GROWS_EVERY_MS), 0);
  const grown = quietMinutes * Math.ceil(configured * GROWS_BY);
  return Math.min(configured, health.limit + grown);
}

/** Lowers the limit by three tenths, once in five seconds, and lets the account rest for as long as the vendor asked. */
export function afterThrottle(
  health: AccountHealth | null,
  { nowMs, configured, retryAfterMs = DEFAULT_COOL_MS }: Throttle,
): AccountHealth {
  const rest = nowMs + Math.min(retryAfterMs, LONGEST_COOL_MS);
  const coolUntil = Math.max(rest, health?.coolUntil ?? 0);
  if (health && nowMs - health.throttledAt < ONCE_MS) return { ...health, coolUntil };
  const limit = Math.max(Math.floor(limitNow(health, configured, nowMs) * FACTOR), 1);
  return { limit, throttledAt: nowMs, coolUntil };
}

export const isCooling = (health: AccountHealth | null | undefined, nowMs: number): boolean =>
  (health?.coolUntil ?? 0) > nowMs;
