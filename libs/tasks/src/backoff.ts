/** What is known after a submit that the vendor certainly did not take. */
export interface BackoffInput {
  /** Attempts so far, this one included. */
  readonly attempts: number;
  /** What the vendor asked for. */
  readonly retryAfterMs?: number | undefined;
  /** 0 ≤ random < 1 */
  readonly random: number;
}

/** 1 s, 2 s, 4 s … 60 s, up to a quarter more by chance; never sooner than the vendor asked. */
export function backoffMs({ attempts, retryAfterMs = 0, random }: BackoffInput): number {
  const base = Math.min(1000 * 2 ** (attempts - 1), 60_000);
  return Math.max(base, retryAfterMs) * (1 + random / 4);
}
