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
  /** When it last got through, and since when it has without a gap. */
  private lastMs = -Infinity;
  private steadySinceMs = 0;

  constructor(
    private readonly ledger: Pick<LedgerStore, 'abandonedHolds' | 'write' | 'forgetOwners'>,
    private readonly ends: UnaccountedEnds,
    private readonly logger: Logger,
    private readonly nowMs: () => number = Date.now,
  ) {}

  async runOnce(): Promise<boolean> {
    const now = this.nowMs();
    if (now - this.lastMs > GAP_MS) this.steadySinceMs = now;
    // After Postgres was away everybody has been silent: whoever lives is heard of again first.
    const isSteady = now - this.steadySinceMs >= SILENT_MS;
    const settled = isSteady ? await this.settle(new Date(now)) : 0;
    const ended = await this.ends.account(LIMIT);
    if (ended > 0) this.logger.warn({ tasks: ended }, 'accounted for ends of a version before');
    await this.ledger.forgetOwners();
    this.lastMs = this.nowMs();
    return settled === LIMIT || ended === LIMIT;
  }

  private async settle(now: Date): Promise<number> {
    const holds = await this.ledger.abandonedHolds(SILENT_MS, LIMIT);
    if (holds.length === 0) return 0;
    await this.ledger.write(holds.flatMap((hold) => settleAbandoned(hold, now)));
    const owners = [...new Set(holds.map(({ owner }) => owner))];
    this.logger.warn({ holds: holds.length, owners }, 'settled holds of dead processes');
    return holds.length;
  }
}

/** Six missed beats. */
const SILENT_MS = 60_000;
/** Between two turns that got through; more means that Postgres was away, or this process stood still. */
const GAP_MS = 20_000;
const LIMIT = 500;
