import { hostname } from 'node:os';
import type { Config } from '@app/config';
import type { Logger } from '@app/observability';
import { StepWorkers, OutboxPokeListener } from '@app/queue';
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
  const owner = `${hostname()}-${process.pid}`;
  const parts = await assemble(config, logger, { owner, onRings: () => relay.wake() });
  const loops = parts.duties.map((duty) => new DutyLoop(duty, logger));
  const relay = new DutyLoop(parts.relay, logger);
  const steps = startSteps(config, parts, { logger, shutdown: shutdown.signal });
  const poke = new OutboxPokeListener(config.redisUrl.reveal(), () => relay.wake());
  for (const loop of [relay, ...loops]) loop.start();
  const health = await listen(config, parts);
  logger.info({ owner, port: config.workerPort }, 'worker started');
  return {
    stop: async () => {
      parts.health.draining = true;
      poke.close();
      await Promise.all([relay, ...loops].map(async (loop) => await loop.stop()));
      const deadline = setTimeout(() => shutdown.abort(), config.drainTimeoutMs);
      await steps.close();
      clearTimeout(deadline);
      await health.close();
      await parts.close();
    },
  };
}

function startSteps(
  config: Config,
  { submit, check, archive, deliver, metrics }: WorkerParts,
  { logger, shutdown }: { readonly logger: Logger; readonly shutdown: AbortSignal },
): StepWorkers {
  const timed =
    (step: string, run: (subject: string) => Promise<unknown>) => async (subject: string) => {
      const stop = metrics.steps.startTimer({ step });
      try {
        await run(subject);
        stop({ outcome: 'ok' });
      } catch (error) {
        stop({ outcome: 'error' });
        throw error;
      }
    };
  return new StepWorkers(
    config.redisUrl.reveal(),
    {
      submit: timed('submit', async (taskId) => await submit.run(taskId, shutdown)),
      check: timed('check', async (attemptId) => await check.run(attemptId, shutdown)),
      archive: timed('archive', async (taskId) => await archive.run(taskId, shutdown)),
      deliver: timed('deliver', async (deliveryId) => await deliver.run(deliveryId)),
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
