import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Config } from '@app/config';
import type { Logger } from '@app/observability';
import { OutboxPokeListener, type QueuedStep, StepWorkers } from '@app/queue';
import type { WorkQueue } from '@app/tasks';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DutyLoop } from './duties/duty.js';
import { assemble, type WorkerParts } from './assemble.js';
import { WorkerModule } from './worker.module.js';

export interface RunningWorker {
  /** Takes no new work, finishes what runs within the drain time-out, closes everything. */
  stop(): Promise<void>;
}

/** Starts one worker process: steps of tasks, background duties, health and metrics. */
export async function startWorker(config: Config, logger: Logger): Promise<RunningWorker> {
  const shutdown = new AbortController();
  const owner = `${hostname()}-${process.pid}-${randomUUID()}`;
  const loops = new Map<string, DutyLoop>();
  const wake = (duty: string): void => loops.get(duty)?.wake();
  const pausing: { steps?: StepWorkers } = {};
  const onPause = (queue: WorkQueue, isPaused: boolean): void => {
    logger.warn({ queue }, isPaused ? 'queue is paused' : 'queue goes on');
    if (queue !== 'archive') return;
    if (isPaused) void pausing.steps?.pause(queue);
    else pausing.steps?.resume(queue);
  };
  const parts = await assemble(config, logger, {
    owner,
    shutdown: shutdown.signal,
    wake,
    onPause,
  });
  for (const duty of parts.duties) loops.set(duty.name, new DutyLoop(duty, logger));
  const steps = startSteps(config, parts, logger);
  pausing.steps = steps;
  const poke = new OutboxPokeListener(config.redisUrl.reveal(), () => {
    wake('relay');
    wake('dispatcher');
    wake('delivery');
  });
  await parts.untilConnected();
  for (const loop of loops.values()) loop.start();
  const health = await listen(config, parts);
  logger.info({ owner, port: config.workerPort }, 'worker started');
  return {
    stop: async () => {
      parts.health.draining = true;
      poke.close();
      const deadline = setTimeout(() => shutdown.abort(), config.drainTimeoutMs);
      const stopped = [...loops.values()].map(async (loop) => await loop.stop());
      await Promise.all([...stopped, steps.close()]);
      await parts.drain();
      clearTimeout(deadline);
      await health.close();
      await parts.close();
    },
  };
}

function startSteps(
  config: Config,
  { handlers, metrics }: WorkerParts,
  logger: Logger,
): StepWorkers {
  const timed = (step: QueuedStep) => async (subject: string) => {
    const stop = metrics.steps.startTimer({ step });
    try {
      await handlers[step](subject);
      stop({ outcome: 'ok' });
    } catch (error) {
      stop({ outcome: 'error' });
      throw error;
    }
  };
  return new StepWorkers(
    config.redisUrl.reveal(),
    {
      submit: timed('submit'),
      archive: timed('archive'),
      gather: timed('gather'),
    },
    {
      concurrency: config.workerConcurrency,
      onError: (step, err, subject) =>
        logger.warn({ step, err, subject }, 'step failed, will be rung again'),
    },
  );
}

async function listen(config: Config, parts: WorkerParts): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    WorkerModule.with(parts.health, parts.metrics, config.metricsToken),
    new FastifyAdapter(),
    { logger: false },
  );
  await app.listen(config.workerPort, config.host);
  return app;
}
