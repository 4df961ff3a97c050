import { setTimeout as delay } from 'node:timers/promises';
import { isUnavailable } from '@app/errors';
import type { Logger, Metrics } from '@app/observability';
import type { Durations } from './durations.js';
import type { MoveContext } from './moves.js';
import type { OutputLink } from './present-task.js';
import { isFinal } from './states.js';
import type { TaskSignals } from './task-signals.js';
import type { TaskStore } from './task.store.js';
import type { Attempt, Task } from './task.js';
import type { Transition } from './transition.js';
import type { VendorReports } from './vendor-report.js';
import type { Vendors } from './vendors.js';

export interface StepParts {
  readonly store: TaskStore;
  readonly vendors: Vendors;
  readonly durations: Durations;
  readonly reports: VendorReports;
  readonly signals: TaskSignals;
  readonly link: OutputLink;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Called when a commit left rings in the outbox or a task for the dispatcher, so that nobody waits for the next look. */
  readonly onRings: () => void;
  /** Called when a commit left a callback to be sent. */
  readonly onDelivery: () => void;
  /** Between two tries to reach what is away; default 250 ms. */
  readonly pause?: () => Promise<void>;
}

/** A task and its open attempt, as a step read them. */
export interface Job {
  readonly task: Task;
  readonly attempt: Pick<Attempt, 'id'>;
}

export interface SettleOptions {
  /** Whether what was found out still counts for the attempt as it is now. */
  readonly counts: (attempt: Attempt) => boolean;
  readonly shutdown: AbortSignal;
}

/** What the steps of a task share. */
export class StepTools {
  readonly store: TaskStore;
  readonly vendors: Vendors;
  readonly durations: Durations;
  readonly reports: VendorReports;
  readonly signals: TaskSignals;
  readonly link: OutputLink;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly pause: () => Promise<void>;

  constructor(private readonly parts: StepParts) {
    const { store, vendors, durations, reports, signals, link, logger } = parts;
    this.store = store;
    this.vendors = vendors;
    this.durations = durations;
    this.reports = reports;
    this.signals = signals;
    this.link = link;
    this.logger = logger;
    this.metrics = parts.metrics;
    this.pause = parts.pause ?? (async () => await delay(RETRY_MS));
  }

  /**
   * Commits what a step found out. While Postgres is away it waits until the shutdown's end: the
   * vendor's answer exists only here, and losing it would mean paying for nothing. False: somebody
   * else changed the task first.
   */
  async commit(
    build: (context: MoveContext) => Transition,
    shutdown?: AbortSignal,
  ): Promise<boolean> {
    return await this.patiently(async () => {
      const transition = build({ now: new Date(), link: this.link });
      const won = await this.store.apply(transition);
      if (won) this.tell(transition);
      return won;
    }, shutdown);
  }

  /**
   * As `commit`, about an open attempt. A change of the task that leaves the attempt open (a cancel
   * that was requested) does not make the finding worthless: it is built anew on the task as it is.
   */
  async settle(
    { task, attempt }: Job,
    { counts, shutdown }: SettleOptions,
    build: (task: Task, context: MoveContext) => Transition,
  ): Promise<boolean> {
    let current = task;
    for (;;) {
      const base = current;
      if (await this.commit((context) => build(base, context), shutdown)) return true;
      const fresh = await this.patiently(async () => await this.store.find(task.id), shutdown);
      if (!fresh || isFinal(fresh.status) || fresh.version === base.version) return false;
      const open = await this.patiently(
        async () => await this.store.openAttempt(task.id),
        shutdown,
      );
      if (open?.id !== attempt.id || !counts(open)) return false;
      current = fresh;
    }
  }

  /** Tries until Postgres answers, or the shutdown's time is over. */
  async patiently<T>(action: () => Promise<T>, shutdown?: AbortSignal): Promise<T> {
    for (;;) {
      try {
        return await action();
      } catch (error) {
        if (!isUnavailable(error) || shutdown?.aborted === true) throw error;
        this.logger.warn({ err: error }, 'waiting for Postgres to record a step');
        await this.pause();
      }
    }
  }

  private tell({ to, cause, rings, delivery }: Transition): void {
    const {
      metrics,
      parts: { onRings, onDelivery },
    } = this;
    if (rings?.length || to.dispatchAt) onRings();
    if (delivery) onDelivery();
    this.signals.tell([to.id]);
    this.logger.info({ taskId: to.id, status: to.status, cause }, 'task moved');
    if (isFinal(to.status) && !to.part)
      metrics.tasksFinished.inc({ model: to.model, result: to.status });
  }
}

const RETRY_MS = 250;
