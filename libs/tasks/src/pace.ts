/** What is known when the time of the next check is chosen. All in milliseconds. */
export interface PaceInput {
  /** Since the vendor accepted the job. */
  readonly elapsedMs: number;
  /** Usual duration of this model's jobs as measured; null before the first one finished. */
  readonly usualMs: number | null;
  /** What the vendor asked for with its last answer. */
  readonly retryAfterMs?: number | undefined;
}

const MIN_MS = 200;
const MAX_MS = 15_000;
const LONGEST_ASKED_MS = 5 * 60_000;

/**
 * How long to wait before the next look at a vendor's job:
 * | | wait |
 * | --- | --- |
 * | nothing measured yet | half of the time that has passed, so 15 s jobs cost about 8 looks |
 * | before 80 % of the usual duration | until then |
 * | around and after it | a twentieth of the usual duration, then half of what it runs over |
 * Always between 200 ms and 15 s, and never sooner than the vendor asked, of which five minutes at most
 * are waited: a job that is paid for must not time out because of one odd header.
 */
export function nextCheckDelayMs({ elapsedMs, usualMs, retryAfterMs = 0 }: PaceInput): number {
  const asked = Math.min(retryAfterMs, LONGEST_ASKED_MS);
  return Math.max(Math.min(Math.max(paceMs(elapsedMs, usualMs), MIN_MS), MAX_MS), asked);
}

function paceMs(elapsedMs: number, usualMs: number | null): number {
  if (usualMs === null) return elapsedMs / 2;
  const early = usualMs * 0.8 - elapsedMs;
  if (early > 0) return early;
  return Math.max(usualMs / 20, (elapsedMs - usualMs) / 2);
}
