import type { GatewayError } from '@app/errors';
import { explainedRefusal, type PassThroughRecord } from '@app/proxy';
import type { AuditBuffer, AuditRow, ExplainedRow } from '@app/tenants';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Of a request what its row tells. */
export type AuditedRequest = Pick<
  FastifyRequest,
  'id' | 'identity' | 'method' | 'url' | 'clientIp'
>;

/** One audit row for each request that passed authentication, also when the caller hangs up. */
export class AuditTrail {
  constructor(private readonly buffer: AuditBuffer) {}

  /**
   * Watches every route but the raw ones, which say themselves what became of them, as does the
   * pass-through of what another route gave to it.
   */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', async (request, reply) => {
      const startedAt = new Date();
      if (request.routeOptions.config.raw) return;
      reply.raw.once('close', () => {
        if (!request.passesThrough) this.add(request, startedAt, ownAnswer(request, reply));
      });
    });
  }

  passedThrough(request: AuditedRequest, startedAt: Date, record: PassThroughRecord): void {
    const { clientGone: _, upstreamCut: __, ...seen } = record;
    this.add(request, startedAt, seen);
  }

  /** Of a call of the pass-through that came no further than its door. */
  refused(request: AuditedRequest, startedAt: Date, error: GatewayError): void {
    const { status, code: errorCode } = error;
    this.add(request, startedAt, { status, errorCode, explanation: explainedRefusal(error) });
  }

  private add(request: AuditedRequest, startedAt: Date, seen: Partial<ExplainedRow>): void {
    if (!request.identity) return;
    this.buffer.add({
      ...NOTHING_SEEN,
      time: startedAt,
      requestId: request.id,
      tenant: request.identity.tenantId,
      keyPrefix: request.identity.keyPrefix,
      method: request.method,
      path: request.url.split('?', 1)[0] ?? '',
      latencyMs: Date.now() - startedAt.getTime(),
      clientIp: request.clientIp ?? '',
      ...seen,
    });
  }
}

const NOTHING_SEEN = {
  model: null,
  upstream: null,
  status: 499,
  errorCode: null,
  ttfbMs: null,
  tokensIn: null,
  tokensOut: null,
  tokensCached: null,
  costUsd: null,
  bytesIn: 0,
  bytesOut: 0,
  stream: false,
} satisfies Partial<AuditRow>;

/** nginx's status for a caller that left before the answer was complete. */
const CLIENT_GONE = 499;

function ownAnswer(request: FastifyRequest, { raw }: FastifyReply): Partial<AuditRow> {
  return {
    model: request.model ?? null,
    status: raw.writableFinished ? raw.statusCode : CLIENT_GONE,
    errorCode: request.errorCode ?? null,
    bytesIn: request.bodyBytes ?? 0,
    bytesOut: Number(raw.getHeader('content-length') ?? 0),
  };
}
