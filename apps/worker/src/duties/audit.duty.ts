import type { Logger } from '@app/observability';
import type { Duty } from './duty.js';

/** What `PostgresAuditPartitions` does. */
export interface AuditPartitions {
  make(first: Date, last: Date): Promise<readonly string[]>;
  drop(before: Date): Promise<readonly string[]>;
  pruneDefault(before: Date, limit: number): Promise<number>;
  firstOfVersionBefore(): Promise<Date | null>;
  bringOver(notBefore: Date, limit: number): Promise<number>;
}

export interface AuditDutyParts {
  readonly partitions: AuditPartitions;
  readonly logger: Logger;
  /** How long rows are kept, and then until their month is over. */
  readonly days: number;
}

/**
 * Keeps the audit's months: makes those to come, drops those that have had their time, and brings over
 * what the version before writes while both run side by side.
 */
export class AuditDuty implements Duty {
  readonly name = 'audit';
  readonly everyMs = 5_000;
  private nextUpkeepMs = 0;

  constructor(private readonly parts: AuditDutyParts) {}

  /** A lock that upkeep did not get holds up nothing else, and is tried again next time. */
  async runOnce(): Promise<boolean> {
    const now = new Date();
    const cutoff = new Date(now.getTime() - this.parts.days * DAY_MS);
    const [upkeep, brought] = await Promise.allSettled([
      this.upkeep(now, cutoff),
      this.parts.partitions.bringOver(cutoff, BATCH),
    ]);
    if (upkeep.status === 'rejected') throw upkeep.reason;
    if (brought.status === 'rejected') throw brought.reason;
    return upkeep.value || brought.value === BATCH;
  }

  private async upkeep(now: Date, cutoff: Date): Promise<boolean> {
    if (now.getTime() < this.nextUpkeepMs) return false;
    const { partitions, logger } = this.parts;
    const first = (await partitions.firstOfVersionBefore()) ?? now;
    await partitions.make(new Date(Math.max(+first, +cutoff)), monthsAhead(now));
    const dropped = await partitions.drop(cutoff);
    if (dropped.length > 0) logger.info({ dropped }, 'months of the audit dropped');
    const isMore = (await partitions.pruneDefault(cutoff, BATCH)) === BATCH;
    if (!isMore) this.nextUpkeepMs = now.getTime() + UPKEEP_MS;
    return isMore;
  }
}

const DAY_MS = 86_400_000;
const UPKEEP_MS = 600_000;
const BATCH = 2_000;

/** In two months: a worker that is away for one misses nothing. */
const monthsAhead = (now: Date): Date =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2));
