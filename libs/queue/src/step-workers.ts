import { type Step, STEPS } from '@app/tasks';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUE_PREFIX, queueName, type StepJob } from './queues.js';
import { blockingConnection } from './redis.js';

/** Runs one step for one row. */
export type StepHandler = (subject: string) => Promise<void>;

export interface StepWorkersOptions {
  readonly concurrency: number;
  readonly onError: (step: Step, error: unknown, subject: string | undefined) => void;
}

/** One BullMQ worker per kind of step. */
export class StepWorkers {
  private readonly connection: Redis;
  private readonly workers: readonly Worker<StepJob>[];

  constructor(
    redisUrl: string,
    handlers: Readonly<Record<Step, StepHandler>>,
    options: StepWorkersOptions,
  ) {
    this.connection = blockingConnection(redisUrl);
    this.workers = STEPS.map((step) => {
      const handler = handlers[step];
      const worker = new Worker<StepJob>(
        queueName(step),
        async (job) => {
          await handler(job.data.subject);
        },
        {
          connection: this.connection,
          prefix: QUEUE_PREFIX,
          concurrency: options.concurrency,
          // Rows fence the steps; a job that stalls through two deploys is not a failure.
          maxStalledCount: 10,
        },
      );
      worker.on('error', (error) => options.onError(step, error, undefined));
      worker.on('failed', (job, error) => options.onError(step, error, job?.data.subject));
      return worker;
    });
  }

  /** Stops taking jobs and waits for those in progress. */
  async close(): Promise<void> {
    await Promise.all(this.workers.map(async (worker) => await worker.close()));
    this.connection.disconnect();
  }
}
