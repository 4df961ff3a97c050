import { BoundedCache } from './bounded-cache.js';

const WINDOW_MS = 60_000;

/**
 * How often something failed in the last 60 s, by name: exact, except that the names not heard of for
 * longest are forgotten when there are too many.
 */
export class FailureWindow {
  private readonly failures: BoundedCache<readonly number[]>;

  /** @param limit how many failures of one name are tolerated in any 60 s */
  constructor(
    private readonly limit: number,
    maxNames: number,
  ) {
    this.failures = new BoundedCache(maxNames);
  }

  /** How many more are tolerated now. */
  left(name: string, nowMs: number): number {
    return Math.max(0, this.limit - this.recent(name, nowMs).length);
  }

  hasFailed(name: string, nowMs: number): boolean {
    return this.recent(name, nowMs).length > 0;
  }

  note(name: string, nowMs: number): void {
    this.failures.set(name, [...this.recent(name, nowMs), nowMs].slice(-this.limit));
  }

  /** When one more will be tolerated; 0: now. */
  freeInMs(name: string, nowMs: number): number {
    const recent = this.recent(name, nowMs);
    const [oldest] = recent;
    return oldest === undefined || recent.length < this.limit ? 0 : oldest + WINDOW_MS - nowMs;
  }

  /** A name that was only asked about is not kept. */
  private recent(name: string, nowMs: number): readonly number[] {
    return (this.failures.get(name) ?? []).filter((at) => nowMs - at < WINDOW_MS);
  }
}
