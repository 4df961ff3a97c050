/**
 * Holds the looks of this process at one account's jobs to so many a second; up to a second's worth
 * may come at once.
 */
export class CheckRate {
  /** When each account's next look would be on time if they came evenly, Unix milliseconds. */
  private readonly next = new Map<string, number>();

  /** Whether a look may be made now. */
  take(account: string, perSecond: number, now: number): boolean {
    const intervalMs = 1000 / perSecond;
    const due = Math.max(this.next.get(account) ?? 0, now);
    if (due - now > 1000 - intervalMs && due > now) return false;
    this.next.set(account, due + intervalMs);
    return true;
  }
}
