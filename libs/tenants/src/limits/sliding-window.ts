/**
 * What was taken in the last `windowMicros`, exactly: an entry for each call, forgotten when its time is
 * over. Times are whole microseconds that never go back.
 */
export class SlidingWindow {
  /** In order of time. */
  private readonly entries = new Map<string, { readonly at: number; amount: number }>();
  private sum = 0;
  /** When the newest entry was made; null: to be looked for. */
  private lastAt: number | null = null;

  constructor(private readonly windowMicros: number) {}

  has(id: string): boolean {
    return this.entries.has(id);
  }

  used(now: number): number {
    this.trim(now);
    return this.sum;
  }

  add(id: string, amount: number, now: number): void {
    this.entries.set(id, { at: now, amount });
    this.sum += amount;
    this.lastAt = now;
  }

  /** Another amount at the same place; none of it: the entry goes. */
  correct(id: string, amount: number): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    this.sum += amount - entry.amount;
    entry.amount = amount;
    if (amount > 0) return;
    this.entries.delete(id);
    if (entry.at === this.lastAt) this.lastAt = null;
  }

  /** Until nothing is left of it. */
  resetMicros(now: number): number {
    this.trim(now);
    if (this.entries.size === 0) return 0;
    this.lastAt ??= [...this.entries.values()].at(-1)?.at ?? 0;
    return this.lastAt + this.windowMicros - now;
  }

  /** Until so much has gone. */
  freesMicros(amount: number, now: number): number {
    let freed = 0;
    for (const entry of this.entries.values()) {
      if (freed >= amount) break;
      freed += entry.amount;
      if (freed >= amount) return Math.max(entry.at + this.windowMicros - now, 0);
    }
    return 0;
  }

  get empty(): boolean {
    return this.entries.size === 0;
  }

  private trim(now: number): void {
    for (const [id, { at, amount }] of this.entries) {
      if (at > now - this.windowMicros) return;
      this.entries.delete(id);
      this.sum -= amount;
    }
  }
}
