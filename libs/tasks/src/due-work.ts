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

  /** Rows whose next action was due before `before`: tasks, leases, checks and callbacks; oldest first. */
  abstract overdue(before: Date, limit: number): Promise<readonly Ring[]>;

  /** Unfinished tasks whose deadline is over. */
  abstract pastDeadline(now: Date, limit: number): Promise<readonly string[]>;

  /** Deletes up to `limit` expired keys and returns how many there were. */
  abstract forgetIdempotencyKeys(now: Date, limit: number): Promise<number>;
}
