/**
 * A map of bounded size. Above `limit` the oldest entry that `mayDrop` goes; when none may and the
 * map has grown to twice the limit, simply the oldest.
 */
export class RecentMap<Value> {
  private readonly entries = new Map<string, Value>();

  constructor(
    private readonly limit: number,
    private readonly mayDrop: (value: Value) => boolean = () => true,
  ) {}

  get(key: string): Value | undefined {
    return this.entries.get(key);
  }

  set(key: string, value: Value): void {
    this.entries.set(key, value);
    if (this.entries.size > this.limit) this.dropOne();
  }

  delete(key: string): boolean {
    return this.entries.delete(key);
  }

  values(): IterableIterator<Value> {
    return this.entries.values();
  }

  private dropOne(): void {
    for (const [key, value] of this.entries) {
      if (!this.mayDrop(value)) continue;
      this.entries.delete(key);
      return;
    }
    const [oldest] = this.entries.keys();
    if (oldest !== undefined && this.entries.size > 2 * this.limit) this.entries.delete(oldest);
  }
}
