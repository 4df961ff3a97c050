import type { Logger } from '@app/observability';
import type { UnaccountedEnds } from '@app/tasks';
import { type LedgerStore, settleAbandoned } from '@app/tenants';
import type { Duty } from './duty.js';

/**
 * Closes what nobody else will: holds of requests whose process died, at what was held, and ends of
 * tasks that a version before told the ledger nothing of. Doing it twice changes nothing.
 */
export class LedgerDuty implements Duty {
  readonly name = 'ledger';
  readonly everyMs = 5_000;

  constructor(
    private readonly ledger: Pick<LedgerStore, 'abandonedHolds' | 'write' | 'forgetOwners'>,
    private readonly ends: UnaccountedEnds,
    private readonly logger: Logger,
  ) {}

  async runOnce(): Promise<boolean> {
    const holds = await this.ledger.abandonedHolds(SILENT_MS, LIMIT);
    const now = new Date();
    await this.ledger.write(holds.flatMap((hold) => settleAbandoned(hold, now)));
    if (holds.length > 0) {
      const owners = [...new Set(holds.map(({ owner }) => owner))];
      this.logger.warn({ holds: holds.length, owners }, 'settled holds of dead processes');
    }
    const ended = await this.ends.account(LIMIT);
    if (ended > 0) this.logger.warn({ tasks: ended }, 'accounted for ends of a version before');
    await this.ledger.forgetOwners();
    return holds.length === LIMIT || ended === LIMIT;
  }
}

/** Six missed beats. */
const SILENT_MS = 60_000;
const LIMIT = 500;
