import { type DueCheck, DueChecks } from '../due-checks.js';

/** The index of due checks as a map; `now` is its clock, and `failure` what it throws while it is set. */
export class InMemoryDueChecks extends DueChecks {
  /** Unix milliseconds, by attempt. */
  readonly due = new Map<string, number>();
  failure: Error | null = null;

  constructor(private readonly now: () => number = Date.now) {
    super();
  }

  override async claim(limit: number, leaseMs: number): Promise<readonly string[]> {
    this.refuse();
    const now = this.now();
    const claimed = [...this.due]
      .filter(([, dueAt]) => dueAt <= now)
      .toSorted(([, a], [, b]) => a - b)
      .slice(0, limit)
      .map(([attemptId]) => attemptId);
    for (const attemptId of claimed) this.due.set(attemptId, now + leaseMs);
    return claimed;
  }

  override async schedule(checks: readonly DueCheck[]): Promise<void> {
    this.refuse();
    for (const { attemptId, dueAt } of checks) this.due.set(attemptId, dueAt.getTime());
  }

  override async forget(attemptIds: readonly string[]): Promise<void> {
    this.refuse();
    for (const attemptId of attemptIds) this.due.delete(attemptId);
  }

  private refuse(): void {
    if (this.failure) throw this.failure;
  }
}
