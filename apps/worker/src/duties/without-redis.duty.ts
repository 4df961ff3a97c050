import type { Logger } from '@app/observability';
import type { DueWork, Ring, Step, WorkQueue } from '@app/tasks';
import type { Duty } from './duty.js';
import { LeaseGrace } from './lease-grace.js';

export interface WithoutRedisParts {
  readonly work: DueWork;
  /** Rejects while Redis is away. */
  readonly ping: () => Promise<void>;
  /** Runs a step for one row. */
  readonly steps: Readonly<Record<Step, (subject: string) => Promise<void>>>;
  /** Whether an operator has paused what the step is of. */
  readonly isPaused: (queue: WorkQueue) => boolean;
  readonly logger: Logger;
  /** Steps at once in this process. */
  readonly concurrency: number;
  /** Room for more steps, after there was none. */
  readonly onRoom: () => void;
}

/**
 * Goes on without Redis: when it has been away for half a minute, overdue rows are taken straight from
 * Postgres and their steps run here. Slower than by rings, because a row says only by when to look at
 * the latest; the same steps, so a Redis that comes back in the middle makes nothing happen twice.
 */
export class WithoutRedisDuty implements Duty {
  readonly name = 'without-redis';
  readonly everyMs = 1_000;
  /** Unix milliseconds; null while Redis answers. */
  private awaySinceMs: number | null = null;
  private readonly running = new Set<Promise<void>>();
  private readonly grace = new LeaseGrace();

  constructor(private readonly parts: WithoutRedisParts) {}

  async runOnce(): Promise<boolean> {
    if (await this.answers()) return false;
    if (Date.now() - (this.awaySinceMs ?? Date.now()) < PATIENCE_MS) return false;
    const room = this.parts.concurrency - this.running.size;
    if (room <= 0) return false;
    // Each of the four kinds of rows has its share, so that none keeps the others waiting.
    const limit = Math.max(Math.floor(room / KINDS), 1);
    const now = new Date();
    const rings = await this.grace.apply(
      now.getTime(),
      async () => await this.parts.work.takeOverdue(now, limit, LEASE_MS),
    );
    // What is paused has its lease and is due again after it.
    for (const ring of rings) if (!this.isPaused(ring.step)) this.start(ring);
    return rings.length >= limit;
  }

  /** Waits for the steps under way. */
  async drain(): Promise<void> {
    await Promise.all(this.running);
  }

  private async answers(): Promise<boolean> {
    try {
      await this.parts.ping();
      if (this.awaySinceMs !== null) this.parts.logger.info('Redis answers again');
      this.awaySinceMs = null;
      this.grace.forget();
      return true;
    } catch {
      // That it is away is what was asked; why shows where somebody needs it.
      if (this.awaySinceMs === null) {
        this.awaySinceMs = Date.now();
        this.parts.logger.warn('Redis is away: in half a minute steps run straight from Postgres');
      }
      return false;
    }
  }

  private isPaused(step: Step): boolean {
    return step !== 'gather' && this.parts.isPaused(step);
  }

  private start(ring: Ring): void {
    const run = this.run(ring);
    this.running.add(run);
    void run.finally(() => {
      const wasFull = this.running.size >= this.parts.concurrency;
      this.running.delete(run);
      if (wasFull) this.parts.onRoom();
    });
  }

  private async run({ step, subject }: Ring): Promise<void> {
    try {
      await this.parts.steps[step](subject);
    } catch (err) {
      this.parts.logger.warn({ step, subject, err }, 'step failed, its row is overdue again soon');
    }
  }
}

const PATIENCE_MS = 30_000;
const LEASE_MS = 60_000;
/** Tasks, leases, parts and checks. */
const KINDS = 4;
