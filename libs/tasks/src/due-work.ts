import type { Ring } from './transition.js';

/** What the background duties ask of Postgres. */
export abstract class DueWork {
  /**
   * Hands over up to `limit` outbox rows and deletes them when `deliver` succeeds. Rows taken by
   * another relay are skipped. Returns how many were handed over.
   */
  abstract relay(
    limit: number,
    deliver: (rings: readonly Ring[]) => Promise<void>,
  ): Promise<number>;

  /** Rows whose next action was due before `before`: tasks, leases, parts and checks; oldest first. */
  abstract overdue(before: Date, limit: number): Promise<readonly Ring[]>;

  /** Unfinished tasks whose deadline is over. */
  abstract pastDeadline(now: Date, limit: number): Promise<readonly string[]>;

  /**
   * As `overdue`, for while the queue is away: each row is taken by one caller and is overdue again
   * after `leaseMs`. Rows that another caller is taking are skipped.
   */
  abstract takeOverdue(before: Date, limit: number, leaseMs: number): Promise<readonly Ring[]>;

  /**
   * Rings for every vendor job in flight, in order of attempt id, after `afterAttemptId` (`''`: from
   * the first): what the index of due checks is filled from.
   */
  abstract checksInFlight(afterAttemptId: string, limit: number): Promise<readonly Ring[]>;

  /** Deletes up to `limit` expired keys and returns how many there were. */
  abstract forgetIdempotencyKeys(now: Date, limit: number): Promise<number>;
}
