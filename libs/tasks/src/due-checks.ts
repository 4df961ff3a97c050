/**
 * When each vendor job is to be looked at next: an index by due time, shared by all workers. It may be
 * lost at any time; the attempts' rows are the truth and `Bell.ring` fills it again.
 */
export abstract class DueChecks {
  /**
   * Takes up to `limit` attempts that are due, the longest overdue first. They are due again after
   * `leaseMs`, so a worker that dies with them costs that time and nothing else.
   * @throws when the index is away
   */
  abstract claim(limit: number, leaseMs: number): Promise<readonly string[]>;

  /** Sets when these are due next; a ring that came since they were claimed stays, if it is sooner. */
  abstract schedule(checks: readonly DueCheck[]): Promise<void>;

  /** Jobs that are over. */
  abstract forget(attemptIds: readonly string[]): Promise<void>;
}

export interface DueCheck {
  readonly attemptId: string;
  readonly dueAt: Date;
}
