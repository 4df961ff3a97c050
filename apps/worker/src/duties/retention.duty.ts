import type { DueWork } from '@app/tasks';
import type { Duty } from './duty.js';

/** Forgets idempotency keys whose 24 hours are over. */
export class RetentionDuty implements Duty {
  readonly name = 'retention';
  readonly everyMs = 60_000;

  constructor(private readonly work: DueWork) {}

  async runOnce(): Promise<boolean> {
    return (await this.work.forgetIdempotencyKeys(new Date(), BATCH)) === BATCH;
  }
}

const BATCH = 1_000;
