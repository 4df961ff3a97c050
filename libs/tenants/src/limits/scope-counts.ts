import type { LimitName } from './limiter.js';
import { SlidingWindow } from './sliding-window.js';

/** What is counted of one scope. */
export class ScopeCounts {
  readonly requests: SlidingWindow;
  readonly reads: SlidingWindow;
  readonly tokens: SlidingWindow;
  /** Open calls, each until its lease is over. */
  readonly slots = new Map<string, number>();
  private readonly money = new Map<string, number>();
  private sum = 0;

  constructor(windowMicros: number) {
    this.requests = new SlidingWindow(windowMicros);
    this.reads = new SlidingWindow(windowMicros);
    this.tokens = new SlidingWindow(windowMicros);
  }

  /** Whole nano-USD on their way to the ledger. */
  get pending(): number {
    return this.sum;
  }

  has(name: LimitName, id: string): boolean {
    if (name === 'concurrency') return this.slots.has(id);
    if (name === 'daily-budget' || name === 'monthly-budget') return this.money.has(id);
    return this[name].has(id);
  }

  slotsInUse(now: number): number {
    for (const [id, until] of this.slots) if (until <= now) this.slots.delete(id);
    return this.slots.size;
  }

  keepBack(id: string, nanoUsd: number): void {
    this.giveBack(id);
    this.money.set(id, nanoUsd);
    this.sum += nanoUsd;
  }

  giveBack(id: string): void {
    this.sum -= this.money.get(id) ?? 0;
    this.money.delete(id);
  }

  remove(id: string): void {
    this.slots.delete(id);
    this.giveBack(id);
    for (const window of [this.requests, this.reads, this.tokens]) window.correct(id, 0);
  }

  isIdle(now: number): boolean {
    for (const window of [this.requests, this.reads, this.tokens]) {
      window.used(now);
      if (!window.empty) return false;
    }
    return this.slotsInUse(now) === 0 && this.money.size === 0;
  }
}
