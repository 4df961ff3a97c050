import type { Metrics } from '@app/observability';
import { type Bell, type DueWork, isAboutLease, type Ring } from '@app/tasks';
import type { Duty } from './duty.js';
import { LeaseGrace } from './lease-grace.js';

/**
 * The safety net under outbox, queue and leases: rows whose next action is overdue and that nobody
 * will look at are rung again. It is what brings work back after a worker died or Redis lost its data;
 * when Redis was emptied, the vendors' jobs in flight are rung too, although not overdue.
 */
export class ReconcilerDuty implements Duty {
  readonly name = 'reconciler';
  readonly everyMs = 5_000;
  private readonly grace = new LeaseGrace();

  constructor(
    private readonly work: DueWork,
    private readonly bell: Bell,
    private readonly metrics: Metrics,
  ) {}

  async runOnce(): Promise<boolean> {
    const overdue = await this.overdue(Date.now());
    if (await this.bell.isEmptied()) await this.refill();
    const lost = await this.bell.lost(overdue);
    if (lost.length === 0) return false;
    await this.ringNow(lost);
    for (const { step } of lost) this.metrics.reconciled.inc({ step });
    return false;
  }

  /** In pages; what is due later than now by its row is looked at now, because its real time was lost. */
  private async refill(): Promise<void> {
    let after = '';
    for (;;) {
      const page = await this.work.checksInFlight(after, PAGE);
      if (page.length > 0) await this.ringNow(page);
      this.metrics.refilled.inc(page.length);
      if (page.length < PAGE) break;
      after = page.at(-1)?.subject ?? '';
    }
    const waiting = await this.work.overdue(new Date(), PAGE);
    if (waiting.length > 0) await this.ringNow(waiting.filter((ring) => !isAboutLease(ring)));
    await this.bell.markFilled();
    this.metrics.refills.inc();
  }

  private async ringNow(rings: readonly Ring[]): Promise<void> {
    const now = new Date();
    await this.bell.ring(rings.map((ring) => ({ ...ring, dueAt: now })));
  }

  private async overdue(nowMs: number): Promise<readonly Ring[]> {
    const before = new Date(nowMs - GRACE_MS);
    return await this.grace.apply(nowMs, async () => await this.work.overdue(before, LIMIT));
  }
}

/** Jobs that are merely late are left alone. */
const GRACE_MS = 5_000;
const LIMIT = 500;
const PAGE = 1_000;
