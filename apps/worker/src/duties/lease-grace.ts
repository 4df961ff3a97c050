import { isAboutLease, LEASE_TIMES, type Ring } from '@app/tasks';

/**
 * While Postgres was away nobody could renew a lease, so one that ran out then says nothing about its
 * holder: for one more lease it is left to be renewed.
 */
export class LeaseGrace {
  /** Since when Postgres has answered every time, Unix milliseconds; null after one that it did not. */
  private answersSinceMs: number | null = null;

  /** What was asked for, without leases that could not be renewed. Rejects as `ask` does. */
  async apply(nowMs: number, ask: () => Promise<readonly Ring[]>): Promise<readonly Ring[]> {
    const answersSinceMs = this.answersSinceMs;
    this.answersSinceMs = null;
    const rings = await ask();
    this.answersSinceMs = answersSinceMs ?? nowMs;
    const couldBeRenewed = nowMs - this.answersSinceMs >= LEASE_TIMES.leaseMs;
    return rings.filter((ring) => couldBeRenewed || !isAboutLease(ring));
  }

  /** Nobody has asked for a while. */
  forget(): void {
    this.answersSinceMs = null;
  }
}
