import { setTimeout as delay } from 'node:timers/promises';
import type { Config } from '@app/config';
import type { Logger } from '@app/observability';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ulid } from 'ulid';
import { ApiModule } from './api.module.js';
import { type ApiParts, assemble } from './assemble.js';
import { publishDocs } from './docs.js';
import { Health } from './health/health.js';
import { VendorHookGuard } from './hooks/vendor-hook.guard.js';
import { AdminGuard } from './http/admin.guard.js';
import { Admission } from './http/admission.js';
import { AuditTrail } from './http/audit-trail.js';
import { installBodyParsers } from './http/body-parsers.js';
import { ErrorFilter } from './http/error-filter.js';
import { discardLeftoverBodies } from './http/leftover-bodies.js';
import { KnownRoutes } from './http/owned-routes.js';
import { refuseUnstorableUrls } from './http/refuse-unstorable-urls.js';
import { renderError } from './http/render-error.js';
import { measureRequests } from './http/request-metrics.js';
import { validation } from './http/validation.js';
import { PassThroughRoute } from './pass-through/pass-through.route.js';

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
  // Before the first key is seen: one that is seen under no epoch is forgotten at the first look at it.
  await parts.authenticator.runOnce();
  const epoch = watchEpoch(parts, logger);
  await app.listen(config.port, config.host);
  logger.info({ port: config.port }, 'api started');
  return {
    stop: async () => {
      health.draining = true;
      clearInterval(epoch);
      // Whoever waits for a task is answered now, and comes again to another process.
      parts.watcher.close();
      await drain(app, config.drainTimeoutMs, shutdown);
      await parts.audit.flush(5_000);
      parts.poke.close();
      parts.signals.close();
      await parts.upstreamClient.close();
      await parts.database.close();
    },
  };
}

interface Lifecycle {
  readonly health: Health;
  readonly shutdown: AbortSignal;
}

async function buildApp(
  config: Config,
  logger: Logger,
  parts: ApiParts,
  { health, shutdown }: Lifecycle,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    genReqId: () => `req_${ulid()}`,
    // An upload of half a gigabyte over a slow line takes longer than Fastify's default allows.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (thrown: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const { error, headers, body } = renderError(thrown, request.id);
      void reply.status(error.status).headers(headers).send(body);
    },
  });
  const admission = new Admission(parts.authenticator);
  const module = ApiModule.with(config, parts, admission, { health, logger });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    logger: false,
  });
  const known = new KnownRoutes();
  app.useGlobalPipes(validation).useGlobalFilters(new ErrorFilter(logger, known));
  const fastify = app.getHttpAdapter().getInstance();
  const audit = new AuditTrail(parts.audit);
  known.watch(fastify);
  fastify.addHook('onRequest', async (request, reply) => {
    reply.raw.setHeader('x-taskgate-request-id', request.id);
  });
  audit.watch(fastify);
  measureRequests(fastify, parts.metrics);
  discardLeftoverBodies(fastify);
  refuseUnstorableUrls(fastify);
  const admin = new AdminGuard(config.adminToken);
  const hooks = new VendorHookGuard(parts.vendorHooks);
  const limits = { ...config.bodyLimitBytes, hooks: HOOK_LIMIT_BYTES };
  installBodyParsers(fastify, limits, {
    tasks: async (request) => await admission.recognise(request),
    admin: async (request) => admin.admit(request),
    hooks: async (request) => hooks.admit(request),
  });
  const { passThrough } = parts;
  new PassThroughRoute({ admission, passThrough, audit, known, logger, shutdown }).register(
    fastify,
  );
  publishDocs(app, config.publicUrl);
  await app.init();
  await fastify.ready();
  return app;
}

/** What a vendor calls back with is some hundred bytes. */
const HOOK_LIMIT_BYTES = 1_048_576;

/** Revocations reach this process within a second; with Postgres away, keys seen before go on for a while. */
function watchEpoch({ authenticator }: ApiParts, logger: Logger): NodeJS.Timeout {
  return setInterval(() => {
    authenticator
      .runOnce()
      .catch((error: unknown) => logger.warn({ err: error }, 'the key epoch cannot be read'));
  }, 1_000);
}

/** Open answers get their time; whatever is left then is cut. A client's spare connection never holds us up. */
async function drain(
  app: NestFastifyApplication,
  timeoutMs: number,
  shutdown: AbortController,
): Promise<void> {
  const deadline = new AbortController();
  const closed = app.close().finally(() => deadline.abort());
  const server = app.getHttpServer();
  const sweep = setInterval(() => server.closeIdleConnections(), 500);
  await Promise.race([
    closed,
    delay(timeoutMs, undefined, { signal: deadline.signal }).catch(() => undefined),
  ]);
  shutdown.abort();
  clearInterval(sweep);
  server.closeAllConnections();
  await closed;
}
