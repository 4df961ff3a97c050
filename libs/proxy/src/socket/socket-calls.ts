import type { Identity } from '@app/tenants';
import { endpointKind } from '../endpoint-kind.js';
import type { GovernedCall, Governor, Grant } from '../governor.js';
import type { JudgedBody } from '../judged-body.js';
import type { Objects, ObjectPin } from '../objects/objects.js';
import type { ProxyCall } from '../proxy-call.js';
import type { RawHeaders } from '../raw-headers.js';

/** What the parts of one connection know of it. */
export interface SocketCallFacts {
  readonly identity: Identity;
  readonly requestId: string;
  /** Of the handshake. */
  readonly headers: RawHeaders;
  /** USD, from `x-taskgate-max-cost`: of each response. */
  readonly maxCostUsd: number | null;
  readonly governor: Governor;
  readonly objects: Objects;
  /** Where the connection leads. */
  readonly place: ObjectPin;
  readonly namesOf: (model: string) => readonly string[];
  /** Of one message that is judged. */
  readonly maxJsonBytes: number;
}

/** The calls that are made within one connection, each with an id of its own. */
export class SocketCalls {
  private made = 0;

  constructor(readonly facts: SocketCallFacts) {}

  /** A response that is asked for as `POST /v1/responses` asks for it. */
  response(body: JudgedBody, takes: GovernedCall['takes']): ProxyCall {
    const { headers } = this.facts;
    const target = {
      path: '/v1/responses',
      query: '',
      segments: ['responses'],
      normalPath: '/v1/responses',
    };
    const call = this.call(target.path, body);
    const endpoint = endpointKind(call.method, target.segments);
    return { ...call, target, endpoint, headers, hasBody: true, ...(takes && { takes }) };
  }

  /** The next turn of a realtime session, whoever begins it. */
  async turn(model: string, maxTokens: number | null): Promise<Grant> {
    const bytes = Buffer.from(JSON.stringify({ model }));
    const body = { bytes, model, maxTokens, choices: 1, stream: true };
    const call = { ...this.call('/v1/realtime', body), takes: { requests: 0, slots: 0 } as const };
    const grant = await this.facts.governor.admit(call);
    grant.dispatched();
    return grant;
  }

  private call(path: string, body: JudgedBody): GovernedCall {
    const { identity, requestId, maxCostUsd } = this.facts;
    this.made += 1;
    const id = `${requestId}-${this.made}`;
    return { identity, requestId: id, method: 'POST', path, body, maxCostUsd };
  }
}
