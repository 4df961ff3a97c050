import { type Cost, Limiter, limitHeaders, limitScopes, refuseLimit } from '@app/tenants';
import { Injectable, SetMetadata } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** As what a call of the gateway's own counts; `itself`: its handler sees to it. */
export type CountedAs = 'reads' | 'requests' | 'itself';

/** Over what the method says: GET is a read, everything else a request. */
export const CountsAs = (kind: CountedAs) => SetMetadata('counts-as', kind);

export const countedAs = (method: string): CountedAs =>
  method === 'GET' || method === 'HEAD' ? 'reads' : 'requests';

/** Counts calls that have no price: reads, and what changes little. */
@Injectable()
export class RequestLimits {
  constructor(private readonly limiter: Limiter) {}

  /**
   * Takes one call of what its tenant and its key have; the answer's headers tell what is left.
   * @throws GatewayError RATE_LIMIT_EXCEEDED; then nothing was taken
   */
  async take(request: FastifyRequest, reply: FastifyReply, kind: 'reads' | 'requests') {
    const { identity } = request;
    if (!identity) throw new Error('A call is counted before it is known whose it is');
    const verdict = await this.limiter.reserve({
      id: request.id,
      scopes: limitScopes(identity),
      cost: { ...NOTHING, [kind]: 1 },
    });
    if (!verdict.ok) throw refuseLimit(verdict, { keyId: identity.keyId });
    void reply.headers(limitHeaders(verdict.states, 'x-ratelimit-'));
  }
}

const NOTHING: Cost = { requests: 0, reads: 0, tokens: 0, concurrent: 0, nanoUsd: 0 };
