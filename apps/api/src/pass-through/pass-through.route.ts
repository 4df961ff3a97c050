import type { Readable } from 'node:stream';
import type { GatewayError } from '@app/errors';
import type { Logger } from '@app/observability';
import { type PassThrough, PassThroughError } from '@app/proxy';
import { type Identity, readCredential } from '@app/tenants';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Admission } from '../http/admission.js';
import type { AuditTrail } from '../http/audit-trail.js';
import { endOfKey, type OpenCalls } from '../http/open-calls.js';
import { isOwned, type KnownRoutes } from '../http/owned-routes.js';
import { renderError } from '../http/render-error.js';
import { PASSED_METHODS } from './passed-methods.js';

export interface PassThroughParts {
  readonly admission: Admission;
  readonly passThrough: PassThrough;
  readonly audit: AuditTrail;
  readonly known: KnownRoutes;
  readonly logger: Logger;
  readonly calls: OpenCalls;
}

/**
 * `/v1/*` for everything that the gateway does not own: a raw route, outside Nest's pipeline, because
 * it is the hot path and must not buffer. Wrong paths under our own prefixes end here too: they are
 * never forwarded.
 */
export class PassThroughRoute {
  constructor(private readonly parts: PassThroughParts) {}

  register(fastify: FastifyInstance): void {
    fastify.route({
      method: [...PASSED_METHODS],
      url: '/v1/*',
      config: { raw: true },
      exposeHeadRoute: false,
      handler: async (request, reply) => await this.forward(request, reply, request.raw),
    });
  }

  /**
   * Gives the request to the upstream, answers it and sees to its audit row. For routes that share
   * their path with the upstream too: `body` is then what they have read of it and the rest.
   */
  async forward(request: FastifyRequest, reply: FastifyReply, body: Readable): Promise<void> {
    request.passesThrough = true;
    reply.hijack();
    await this.handle(request, reply, body);
  }

  private async handle(
    request: FastifyRequest,
    reply: FastifyReply,
    body: Readable,
  ): Promise<void> {
    const { admission, audit, known } = this.parts;
    const startedAt = new Date();
    try {
      const identity = await admission.admit(request, 'proxy');
      const target = request.raw.url ?? request.url;
      if (isOwned(target)) throw known.refusal(request.method, target);
      audit.passedThrough(
        request,
        startedAt,
        await this.exchange({ identity, request, reply, body }),
      );
    } catch (thrown) {
      const error = this.answerError(thrown, request, reply);
      if (thrown instanceof PassThroughError)
        audit.passedThrough(request, startedAt, thrown.record);
      else audit.refused(request, startedAt, error);
    }
  }

  /** Its signal says that we end it, and why; a caller who leaves is seen by the exchange itself. */
  private async exchange({ identity, request, reply, body }: Admitted) {
    const { calls, passThrough } = this.parts;
    const ended = new AbortController();
    const release = calls.hold(identity, (why) => ended.abort(why));
    const incoming = {
      identity,
      key: readCredential(request.headers),
      method: request.method,
      target: request.raw.url ?? request.url,
      rawHeaders: request.raw.rawHeaders,
      body,
      requestId: request.id,
      signal: ended.signal,
    };
    try {
      const record = await passThrough.exchange(incoming, reply.raw);
      const end = endOfKey(ended.signal);
      return end ? { ...record, errorCode: end.code } : record;
    } finally {
      release();
    }
  }

  private answerError(
    thrown: unknown,
    request: FastifyRequest,
    { raw }: FastifyReply,
  ): GatewayError {
    const { error, headers, body } = renderError(thrown, request.id);
    if (error.code === 'INTERNAL') {
      this.parts.logger.error({ err: thrown, requestId: request.id }, 'unexpected error');
    }
    if (!raw.headersSent) raw.writeHead(error.status, headers).end(JSON.stringify(body));
    // A body that nobody reads would keep the connection busy for ever.
    request.raw.resume();
    return error;
  }
}

interface Admitted {
  readonly identity: Identity;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly body: Readable;
}
