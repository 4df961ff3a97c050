import type { Metrics } from '@app/observability';
import type { Bell, DueWork } from '@app/tasks';
import type { Duty } from './duty.js';

/**
 * Outbox rows to the queue. The rows are deleted in the transaction that rings, so a crash or a Redis
 * that is away leaves them for the next turn; a ring that went out twice is ignored by its id.
 */
export class RelayDuty implements Duty {
  readonly name = 'relay';
  readonly everyMs = 250;

  constructor(
    private readonly work: DueWork,
    private readonly bell: Bell,
    private readonly metrics: Metrics,
  ) {}

  async runOnce(): Promise<boolean> {
    const relayed = await this.work.relay(BATCH, async (rings) => {
      await this.bell.ring(rings);
      for (const { step } of rings) this.metrics.relayed.inc({ step });
    });
    return relayed === BATCH;
  }
}

const BATCH = 500;
