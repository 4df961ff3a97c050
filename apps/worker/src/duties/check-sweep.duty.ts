import type { Logger, Metrics } from '@app/observability';
import type { AccountLimits } from '@app/providers';
import type { CheckStep, DueChecks, OpenAttempt } from '@app/tasks';
import type { Duty } from './duty.js';

/** How many of so many calls to an account may go now; the others may come again later. */
export interface Rates {
  take(
    account: string,
    perSecond: number,
    count: number,
  ): Promise<{ readonly allowed: number; readonly nextInMs: number; readonly everyMs: number }>;
}

export interface CheckSweepParts {
  readonly due: DueChecks;
  readonly check: Pick<CheckStep, 'load' | 'lookAtAll'>;
  readonly rates: Rates;
  /** Null when the account is no longer configured. */
  readonly limitsOf: (account: string) => AccountLimits | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Looks at once in this process. */
  readonly concurrency: number;
  /** The end of the drain time: looks under way break off. */
  readonly shutdown: AbortSignal;
  /** Room for more looks, after there was none. */
  readonly onRoom: () => void;
}

/**
 * Looks at the vendors' jobs that are due, account by account and within what each vendor allows: its
 * rate counts the looks of all workers. A turn starts looks and does not wait for them; an account that
 * hangs may hold half of the room at most.
 */
export class CheckSweepDuty implements Duty {
  readonly name = 'check-sweep';
  readonly everyMs = 100;
  /** Attempts that are being looked at, with their account. */
  private readonly looks = new Map<string, string>();
  private readonly running = new Set<Promise<void>>();

  constructor(private readonly parts: CheckSweepParts) {}

  async runOnce(): Promise<boolean> {
    const limit = Math.min(this.parts.concurrency - this.looks.size, BATCH);
    if (limit <= 0) return false;
    const claimed = await this.parts.due.claim(limit, LEASE_MS);
    // A look that takes longer than its claim: it schedules what comes next.
    const ids = claimed.filter((id) => !this.looks.has(id));
    if (ids.length === 0) return false;
    const open = await this.parts.check.load(ids);
    const groups = Map.groupBy(open, ({ attempt }) => attempt.account);
    await Promise.all([...groups].map(async ([account, jobs]) => await this.begin(account, jobs)));
    return claimed.length === limit;
  }

  /** Waits for the looks under way. */
  async drain(): Promise<void> {
    await Promise.all(this.running);
  }

  private async begin(account: string, jobs: readonly OpenAttempt[]): Promise<void> {
    const ids = jobs.map(({ attempt }) => attempt.id);
    const room = Math.min(this.roomOf(account), ids.length);
    const perSecond = this.parts.limitsOf(account)?.checksPerSecond ?? UNKNOWN_PER_SECOND;
    const { allowed, nextInMs, everyMs } = await this.parts.rates.take(account, perSecond, room);
    const later = ids.slice(allowed).map((attemptId, place) => {
      const waitMs = allowed < room ? nextInMs + place * everyMs : FULL_MS;
      return { attemptId, dueAt: new Date(Date.now() + waitMs) };
    });
    await this.parts.due.schedule(later);
    if (allowed > 0) this.start(account, jobs.slice(0, allowed));
  }

  private roomOf(account: string): number {
    const most = Math.ceil(this.parts.concurrency / 2);
    const busy = [...this.looks.values()].filter((other) => other === account).length;
    return Math.max(most - busy, 0);
  }

  private start(account: string, jobs: readonly OpenAttempt[]): void {
    for (const { attempt } of jobs) this.looks.set(attempt.id, account);
    const run = this.look(jobs);
    this.running.add(run);
    void run.finally(() => this.running.delete(run));
  }

  /** What a look that broke off leaves is due again when its claim lapses. */
  private async look(jobs: readonly OpenAttempt[]): Promise<void> {
    const stop = this.parts.metrics.steps.startTimer({ step: 'check' });
    this.parts.metrics.looks.inc(jobs.length);
    try {
      await this.parts.check.lookAtAll(jobs, this.parts.shutdown);
      stop({ outcome: 'ok' });
    } catch (err) {
      stop({ outcome: 'error' });
      this.parts.logger.warn({ err, looks: jobs.length }, 'checks failed, due again in 30 s');
    } finally {
      const wasFull = this.looks.size >= this.parts.concurrency;
      for (const { attempt } of jobs) this.looks.delete(attempt.id);
      if (wasFull) this.parts.onRoom();
    }
  }
}

const BATCH = 200;
const LEASE_MS = 30_000;
/** When to come again to an account whose looks take all the room that it may have. */
const FULL_MS = 1_000;
const UNKNOWN_PER_SECOND = 5;
