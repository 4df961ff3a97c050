/** How many jobs each key has at work: the vendor turns away what is above its limit. */
export class ActiveJobs {
  /** When each job of a key ends, Unix milliseconds. */
  private readonly endings = new Map<string, number[]>();

  /** Null: no limit, and nothing is counted. */
  constructor(private readonly limit: number | null) {}

  mayBegin(key: string, now: number): boolean {
    if (this.limit === null) return true;
    const running = (this.endings.get(key) ?? []).filter((endsAt) => endsAt > now);
    this.endings.set(key, running);
    return running.length < this.limit;
  }

  begin(key: string, endsAt: number): void {
    if (this.limit !== null) this.endings.set(key, [...(this.endings.get(key) ?? []), endsAt]);
  }
}
