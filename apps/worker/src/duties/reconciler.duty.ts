import type { Metrics } from '@app/observability';
import type { Bell, DueWork } from '@app/tasks';
import type { Duty } from './duty.js';

/**
 * The safety net under outbox, queue and leases: rows whose next action is overdue are rung again.
 * It is what brings work back after Redis lost its data or a worker died.
 */
export class ReconcilerDuty implements Duty {
  readonly name = 'reconciler';
  readonly everyMs = 5_000;

  constructor(
    private readonly work: DueWork,
    private readonly bell: Bell,
    private readonly metrics: Metrics,
  ) {}

  async runOnce(): Promise<boolean> {
    const overdue = await this.work.overdue(new Date(Date.now() - GRACE_MS), LIMIT);
    if (overdue.length === 0) return false;
    const now = new Date();
    await this.bell.ring(overdue.map((ring) => ({ ...ring, dueAt: now })));
    for (const { step } of overdue) this.metrics.reconciled.inc({ step });
    return false;
  }
}

/** Jobs that are merely late are left alone. */
const GRACE_MS = 5_000;
const LIMIT = 500;
