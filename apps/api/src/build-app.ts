import type { IncomingMessage } from 'node:http';
import type { Config } from '@app/config';
import type { Logger } from '@app/observability';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { ulid } from 'ulid';
import { ApiModule } from './api.module.js';
import type { ApiParts } from './assemble.js';
import { publishDocs } from './docs.js';
import type { Health } from './health/health.js';
import { VendorHookGuard } from './hooks/vendor-hook.guard.js';
import { AdminAdmission } from './http/admin-admission.js';
import { AdminTrail } from './http/admin-trail.js';
import { Admission } from './http/admission.js';
import { AuditTrail } from './http/audit-trail.js';
import { noteClientIps } from './http/client-ip.js';
import { installBodyParsers } from './http/body-parsers.js';
import { ErrorFilter } from './http/error-filter.js';
import { discardLeftoverBodies } from './http/leftover-bodies.js';
import { KnownRoutes } from './http/owned-routes.js';
import { refuseUnstorableUrls } from './http/refuse-unstorable-urls.js';
import { renderError } from './http/render-error.js';
import { originForm } from './http/origin-form.js';
import { measureRequests } from './http/request-metrics.js';
import { validation } from './http/validation.js';
import { WireGuard } from './http/wire-guard.js';
import { PassThroughRoute } from './pass-through/pass-through.route.js';
import { asksForWebSocket, Upgrades } from './pass-through/upgrades.js';

export interface Lifecycle {
  readonly health: Health;
  /** Aborts when the process gives up waiting for open streams. */
  readonly shutdown: AbortSignal;
}

/** The HTTP face over these parts, ready to listen. */
export async function buildApp(
  config: Config,
  logger: Logger,
  parts: ApiParts,
  { health, shutdown }: Lifecycle,
): Promise<NestFastifyApplication> {
  const guard = new WireGuard(newRequestId);
  const adapter = new FastifyAdapter({
    genReqId: newRequestId,
    rewriteUrl: ({ url = '', headers }: IncomingMessage) => originForm(url, headers.host),
    clientErrorHandler: guard.refuseBroken,
    // An upload of half a gigabyte over a slow line takes longer than Fastify's default allows.
    requestTimeout: 0,
    forceCloseConnections: 'idle',
    http: {
      shouldUpgradeCallback: (request) => asksForWebSocket(request) && guard.maySwitch(request),
    },
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 200 },
    frameworkErrors: (thrown: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
      const { error, headers, body } = renderError(thrown, request.id);
      void reply.status(error.status).headers(headers).send(body);
    },
  });
  const admission = new Admission(parts.authenticator);
  const known = new KnownRoutes();
  const audit = new AuditTrail(parts.audit);
  const passThrough = new PassThroughRoute({
    admission,
    passThrough: parts.passThrough,
    audit,
    known,
    logger,
    calls: parts.calls,
  });
  const upgrades = new Upgrades({
    admission,
    sockets: parts.sockets,
    audit,
    known,
    calls: parts.calls,
    metrics: parts.metrics,
    logger,
    trustedProxies: parts.trustedProxies,
    isDraining: () => health.draining,
  });
  shutdown.addEventListener('abort', () => parts.calls.close(), { once: true });
  const admins = new AdminAdmission(parts.admins, parts.adminAttempts, (reason) =>
    parts.metrics.authFailures.inc({ face: 'admin', reason }),
  );
  const adminTrail = new AdminTrail(parts.adminActions, logger);
  const module = ApiModule.with(config, parts, admission, {
    health,
    logger,
    passThrough,
    admins,
    adminTrail,
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    logger: false,
  });
  app.useGlobalPipes(validation).useGlobalFilters(new ErrorFilter(logger, known));
  const fastify = app.getHttpAdapter().getInstance();
  known.watch(fastify);
  guard.watch(fastify);
  fastify.addHook('onRequest', async (request, reply) => {
    reply.raw.setHeader('x-taskgate-request-id', request.id);
  });
  noteClientIps(fastify, parts.trustedProxies);
  audit.watch(fastify);
  adminTrail.watch(fastify);
  measureRequests(fastify, parts.metrics);
  discardLeftoverBodies(fastify);
  refuseUnstorableUrls(fastify);
  const hooks = new VendorHookGuard(parts.vendorHooks);
  const limits = { ...config.bodyLimitBytes, hooks: HOOK_LIMIT_BYTES };
  installBodyParsers(fastify, limits, {
    tasks: async (request, when) =>
      await (when === 'before' ? admission.recognise(request) : admission.recogniseAnew(request)),
    admin: async (request, when) =>
      await (when === 'before' ? admins.recognise(request) : admins.recogniseAnew(request)),
    hooks: async (request) => hooks.admit(request),
  });
  passThrough.register(fastify);
  upgrades.watch(fastify.server);
  fastify.addHook('onClose', async () => await upgrades.settled());
  publishDocs(app, config.publicUrl);
  await app.init();
  await fastify.ready();
  return app;
}

const newRequestId = (): string => `req_${ulid()}`;

/** What a vendor calls back with is some hundred bytes. */
const HOOK_LIMIT_BYTES = 1_048_576;
