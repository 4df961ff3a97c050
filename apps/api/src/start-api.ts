import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '@app/config';
import type { Logger } from '@app/observability';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type ApiParts, assemble } from './assemble.js';
import { buildApp } from './build-app.js';
import { Health } from './health/health.js';

export interface RunningApi {
  /** Refuses new work, finishes open answers within the drain time-out, closes everything. */
  stop(): Promise<void>;
}

/** Starts one API process. */
export async function startApi(config: Config, logger: Logger): Promise<RunningApi> {
  const parts = await assemble(config, logger);
  const health = new Health(
    { postgres: () => parts.database.ping(), redis: () => parts.poke.ping() },
    parts.metrics,
    config.metricsToken,
  );
  const shutdown = new AbortController();
  const app = await buildApp(config, logger, parts, { health, shutdown: shutdown.signal });
  parts.audit.start();
  parts.laterObjects.start();
  // Before the first key is seen: one that is seen under no epoch is forgotten at the first look at it.
  await Promise.all([parts.authenticator.runOnce(), parts.admins.runOnce(), parts.limiter.ready()]);
  await Promise.all([parts.priceWatch.runOnce(), parts.money.start(), parts.accounts.refresh()]);
  await parts.routingWatch.runOnce();
  const epoch = watchEpoch(parts, logger);
  parts.calls.start();
  await app.listen(config.port, config.host);
  logger.info({ port: config.port }, 'api started');
  return {
    stop: async () => {
      health.draining = true;
      // Whoever waits for a task is answered now, and comes again to another process.
      parts.watcher.close();
      await drain(app, config.drainTimeoutMs, { shutdown, replays: parts.replays });
      clearInterval(epoch);
      await parts.replays.close(5_000);
      await parts.audit.flush(5_000);
      await parts.money.stop(5_000);
      await parts.laterObjects.flush(5_000);
      await parts.confirmations.flush();
      await parts.limiter.close();
      parts.poke.close();
      parts.signals.close();
      parts.signalsListener.close();
      await parts.upstreamClient.close();
      await parts.liveUpstreams.close();
      await parts.database.close();
    },
  };
}

/** Revocations reach this process within a second; with Postgres away, keys seen before go on for a while. */
function watchEpoch(parts: ApiParts, logger: Logger): NodeJS.Timeout {
  const { authenticator, admins, accounts, priceWatch, routingWatch } = parts;
  return setInterval(() => {
    accounts
      .refresh()
      .catch((error: unknown) =>
        logger.warn({ err: error }, 'stored upstream keys cannot be read'),
      );
    Promise.all([authenticator.runOnce(), admins.runOnce()]).catch((error: unknown) =>
      logger.warn({ err: error }, 'the key epoch cannot be read'),
    );
    priceWatch
      .runOnce()
      .catch((error: unknown) => logger.warn({ err: error }, 'the prices cannot be read'));
    routingWatch
      .runOnce()
      .catch((error: unknown) => logger.warn({ err: error }, 'the routes cannot be read'));
  }, 1_000);
}

/**
 * Open answers get their time, and so do those whose caller has left and may come again for them; whatever is left
 * then is cut. A client's spare connection never holds us up.
 */
async function drain(
  app: NestFastifyApplication,
  timeoutMs: number,
  { shutdown, replays }: Pick<ApiParts, 'replays'> & { readonly shutdown: AbortController },
): Promise<void> {
  const deadline = new AbortController();
  const closed = app.close();
  const over = closed.then(async () => await replays.settled()).finally(() => deadline.abort());
  const server = app.getHttpServer();
  const sweep = setInterval(() => server.closeIdleConnections(), 500);
  await Promise.race([
    over,
    delay(timeoutMs, undefined, { signal: deadline.signal }).catch(() => undefined),
  ]);
  shutdown.abort();
  clearInterval(sweep);
  server.closeAllConnections();
  await closed;
}
