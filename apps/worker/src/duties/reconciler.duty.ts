import type { Metrics } from '@app/observability';
import { type Bell, type DueWork, isAboutLease, LEASE_TIMES, type Ring } from '@app/tasks';
import type { Duty } from './duty.js';

/**
 * The safety net under outbox, queue and leases: rows whose next action is overdue and that nobody
 * will look at are rung again. It is what brings work back after Redis lost its data or a worker died.
 */
export class ReconcilerDuty implements Duty {
  readonly name = 'reconciler';
  readonly everyMs = 5_000;
  /** Since when Postgres has answered every turn, Unix milliseconds; null after one that it did not. */
  private answersSinceMs: number | null = null;

  constructor(
    private readonly work: DueWork,
    private readonly bell: Bell,
    private readonly metrics: Metrics,
  ) {}

  async runOnce(): Promise<boolean> {
    const lost = await this.bell.lost(await this.overdue(Date.now()));
    if (lost.length === 0) return false;
    const now = new Date();
    await this.bell.ring(lost.map((ring) => ({ ...ring, dueAt: now })));
    for (const { step } of lost) this.metrics.reconciled.inc({ step });
    return false;
  }

  /**
   * While Postgres was away nobody could renew a lease, so one that ran out then says nothing about
   * its holder: for one more lease it is left to be renewed.
   */
  private async overdue(nowMs: number): Promise<readonly Ring[]> {
    const answersSinceMs = this.answersSinceMs;
    this.answersSinceMs = null;
    const overdue = await this.work.overdue(new Date(nowMs - GRACE_MS), LIMIT);
    this.answersSinceMs = answersSinceMs ?? nowMs;
    const couldBeRenewed = nowMs - this.answersSinceMs >= LEASE_TIMES.leaseMs;
    return overdue.filter((ring) => couldBeRenewed || !isAboutLease(ring));
  }
}

/** Jobs that are merely late are left alone. */
const GRACE_MS = 5_000;
const LIMIT = 500;
