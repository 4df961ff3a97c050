import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUE_PREFIX } from './keys.js';
import { QUEUED_STEPS, type QueuedStep, queueName, type StepJob } from './queues.js';
import { blockingConnection } from './redis.js';

/** Runs one step for one row. */
export type StepHandler = (subject: string) => Promise<void>;

export interface StepWorkersOptions {
  readonly concurrency: number;
  readonly onError: (step: QueuedStep, error: unknown, subject: string | undefined) => void;
}

/** One BullMQ worker per kind of step that has a queue. */
export class StepWorkers {
  private readonly connection: Redis;
  private readonly workers: ReadonlyMap<QueuedStep, Worker<StepJob>>;
  private readonly running = new Set<Promise<void>>();

  constructor(
    redisUrl: string,
    handlers: Readonly<Record<QueuedStep, StepHandler>>,
    options: StepWorkersOptions,
  ) {
    this.connection = blockingConnection(redisUrl);
    this.workers = new Map(
      QUEUED_STEPS.map((step) => {
        const handler = handlers[step];
        const worker = new Worker<StepJob>(
          queueName(step),
          async (job) => {
            await this.track(handler(job.data.subject));
          },
          {
            connection: this.connection,
            prefix: QUEUE_PREFIX,
            skipVersionCheck: true,
            concurrency: options.concurrency,
            // Rows fence the steps; a job that stalls through two deploys is not a failure.
            maxStalledCount: 10,
            lockDuration: LOCK_MS,
          },
        );
        worker.on('error', (error) => options.onError(step, error, undefined));
        worker.on('failed', (job, error) => options.onError(step, error, job?.data.subject));
        return [step, worker];
      }),
    );
  }

  /** Takes no more jobs of this step in this process; those in progress go on. */
  async pause(step: QueuedStep): Promise<void> {
    await this.workers.get(step)?.pause(true);
  }

  resume(step: QueuedStep): void {
    // The lane is BullMQ's own; its `resume` answers at once, whatever its type says.
    void this.workers.get(step)?.resume();
  }

  /** Stops taking jobs and waits for those in progress; Redis, which may be away, gets two seconds after the last. */
  async close(): Promise<void> {
    const closing = Promise.all(
      [...this.workers.values()].map(async (worker) => await worker.close()),
    );
    const closed = closing.then(() => true);
    const givenUp = async (): Promise<boolean> => {
      await Promise.allSettled(this.running);
      await delay(FAREWELL_MS, undefined, { ref: false });
      return this.running.size === 0;
    };
    while (!(await Promise.race([closed, givenUp()])));
    this.connection.disconnect();
  }

  private async track(run: Promise<void>): Promise<void> {
    this.running.add(run);
    try {
      await run;
    } finally {
      this.running.delete(run);
    }
  }
}

/** Time to tell Redis how the last jobs went. Untold ones are run again, and find their rows changed. */
const FAREWELL_MS = 2_000;

/** How long a dead worker's jobs count as being run; renewed every half of it. */
const LOCK_MS = 10_000;
