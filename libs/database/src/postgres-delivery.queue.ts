import {
  type ClaimedDelivery,
  type ClaimLimits,
  type ClaimView,
  DeliveryQueue,
  type FinishedAttempt,
  type Outcome,
  type ReceiverDecision,
  type ReceiverHealth,
} from '@app/callbacks';
import { carryOut, lockReceivers, viewReceivers } from './claim-deliveries.js';
import type { Database } from './database.js';
import { recordAttempts } from './record-attempts.js';
import { retryDeadlocks } from './retry-deadlocks.js';

/** Turns in a row that may follow at once because another worker held what is due. */
const MOST_MISSED_TURNS = 5;
/** Attempts that are written in one transaction. */
const GROUP = 256;

/** The queue of `@app/callbacks` on the tables `deliveries` and `callback_receivers`. */
export class PostgresDeliveryQueue extends DeliveryQueue {
  private missedTurns = 0;

  constructor(private readonly database: Database) {
    super();
  }

  override async claim(
    limits: ClaimLimits,
    decide: (view: ClaimView) => readonly ReceiverDecision[],
  ): Promise<{ readonly claimed: readonly ClaimedDelivery[]; readonly hasMore: boolean }> {
    const turn = await this.database.transaction(async (client) => {
      const { held, wanted, mayBeMore } = await lockReceivers(client, limits.receivers);
      const missed = wanted - held.length;
      if (held.length === 0) return { claimed: [], missed, mayBeMore };
      const view = await viewReceivers(client, held, limits.perReceiver);
      const decisions = decide({ now: view.now, receivers: view.receivers });
      const leaseUntil = new Date(view.now.getTime() + limits.leaseMs);
      const claimed = await carryOut(client, { view, decisions, leaseUntil });
      return { claimed, missed, mayBeMore };
    });
    // What another worker held is due still, unless that worker saw it; it holds it for milliseconds.
    this.missedTurns = turn.missed > 0 ? this.missedTurns + 1 : 0;
    const looksAgain = turn.missed > 0 && this.missedTurns <= MOST_MISSED_TURNS;
    return { claimed: turn.claimed, hasMore: turn.mayBeMore || looksAgain };
  }

  override async record(
    finished: readonly FinishedAttempt[],
    learn: Learn,
  ): Promise<readonly FinishedAttempt[]> {
    const left: FinishedAttempt[] = [];
    for (let start = 0; start < finished.length; start += GROUP) {
      left.push(...(await this.recordGroup(finished.slice(start, start + GROUP), learn)));
    }
    return left;
  }

  private async recordGroup(
    group: readonly FinishedAttempt[],
    learn: Learn,
  ): Promise<readonly FinishedAttempt[]> {
    const write = async (which: 'all' | 'free') =>
      await retryDeadlocks(
        async () =>
          await this.database.transaction(
            async (client) => await recordAttempts(client, group, learn, which),
          ),
      );
    try {
      return await write('all');
    } catch (error) {
      if (codeOf(error) === LOCK_NOT_AVAILABLE) return await write('free');
      if (group.length === 1 || !isBadValue(error)) throw error;
      return await this.recordEach(group, learn);
    }
  }

  /** One of them cannot be stored: the others are, before anybody learns of it. */
  private async recordEach(
    group: readonly FinishedAttempt[],
    learn: Learn,
  ): Promise<readonly FinishedAttempt[]> {
    const errors: unknown[] = [];
    const left: FinishedAttempt[] = [];
    for (const one of group) {
      await this.recordGroup([one], learn).then(
        (held) => left.push(...held),
        (error: unknown) => errors.push(error),
      );
    }
    if (errors.length > 0)
      throw new AggregateError(errors, `${errors.length} attempts cannot be recorded`);
    return left;
  }
}

type Learn = (health: ReceiverHealth, outcomes: readonly Outcome[], now: Date) => ReceiverHealth;

/** SQLSTATE after `lock_timeout`. */
const LOCK_NOT_AVAILABLE = '55P03';

/** SQLSTATE classes 22 (data) and 23 (constraints). */
const isBadValue = (error: unknown): boolean => /^2[23]/.test(codeOf(error));

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
