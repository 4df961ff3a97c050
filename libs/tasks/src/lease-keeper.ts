import type { TaskStore } from './task.store.js';

export interface LeaseTimes {
  /** For how long nobody else may take over. */
  readonly leaseMs: number;
  readonly renewEveryMs: number;
}

/** 10 s renewed every 3 s: two renewals may fail before anybody thinks that the worker is dead. */
export const LEASE_TIMES: LeaseTimes = { leaseMs: 10_000, renewEveryMs: 3_000 };

/** Renews an attempt's lease while its call is under way. */
export class LeaseKeeper {
  private readonly lost = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly store: TaskStore,
    private readonly lease: { readonly attemptId: string; readonly owner: string },
    private readonly times: LeaseTimes,
    /** The clock by which others judge the lease, Unix milliseconds. */
    private readonly clock: () => number = Date.now,
  ) {
    this.timer = setInterval(() => void this.renew(), times.renewEveryMs);
  }

  /** Aborts when somebody else holds the attempt: the call's answer would be worth nothing. */
  get signal(): AbortSignal {
    return this.lost.signal;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async renew(): Promise<void> {
    const until = new Date(this.clock() + this.times.leaseMs);
    try {
      const { attemptId, owner } = this.lease;
      if (!(await this.store.renewLease(attemptId, owner, until))) this.lost.abort();
    } catch {
      // Postgres is away: nobody can take over either, so the call goes on and the next tick tries again.
    }
  }
}
