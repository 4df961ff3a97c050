import type { LedgerEntry, LedgerSink } from './ledger-entry.js';

/**
 * Holds of calls that are under way. Most calls are over before their hold would be written, and then one
 * charge says it all; those that last get their hold with the next turn of `runOnce()`, so that it outlives
 * this process. Until then the reservation's pending amount is what is known of them elsewhere.
 */
export class OpenHolds {
  private readonly waiting = new Map<string, LedgerEntry>();
  private readonly written = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly sink: LedgerSink) {}

  /** Calls under way that may cost. */
  get size(): number {
    return this.waiting.size + this.written.size;
  }

  start(everyMs = 200): void {
    this.timer ??= setInterval(() => this.runOnce(), everyMs).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  open(id: string, hold: LedgerEntry): void {
    this.waiting.set(id, hold);
  }

  /** It is over. Whether its hold was written, and so is to be released. */
  close(id: string): boolean {
    this.waiting.delete(id);
    return this.written.delete(id);
  }

  runOnce(): void {
    for (const [id, hold] of this.waiting) {
      this.sink.add(hold);
      this.written.add(id);
    }
    this.waiting.clear();
  }
}
