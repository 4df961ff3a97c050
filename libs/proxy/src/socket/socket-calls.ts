import { GatewayError } from '@app/errors';
import type { Identity } from '@app/tenants';
import { endpointKind } from '../endpoint-kind.js';
import type { AskedTarget, GovernedCall, Governor, Grant } from '../governor.js';
import type { JudgedBody } from '../judged-body.js';
import type { Objects, ObjectPin } from '../objects/objects.js';
import type { ProxyCall } from '../proxy-call.js';
import type { RawHeaders } from '../raw-headers.js';
import type { Candidate } from '../routing/plan-route.js';

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
  readonly namesOf: (model: string) => readonly string[];
  /** Of one message that is judged. */
  readonly maxJsonBytes: number;
  /** Where a call could go now. */
  readonly candidatesOf: (call: ProxyCall) => readonly Candidate[];
}

/** The calls that are made within one connection, each with an id of its own. */
export class SocketCalls {
  private made = 0;
  private place: ObjectPin | null = null;
  /** Who was asked for the connection, under which name of its model. */
  target: AskedTarget | null = null;

  constructor(readonly facts: SocketCallFacts) {}

  /** The connection stands, and this is where it leads. */
  leadsTo(place: ObjectPin, model: string | null): void {
    this.place = place;
    this.target = { upstream: place.upstream, model };
  }

  get leads(): ObjectPin {
    if (!this.place) throw new Error('A message came before the connection stood');
    return this.place;
  }

  /** A response that is asked for as `POST /v1/responses` asks for it. */
  response(body: JudgedBody, takes: NonNullable<GovernedCall['takes']>): ProxyCall {
    const { headers } = this.facts;
    const path = '/v1/responses';
    const target = { path, query: '', segments: ['responses'], normalPath: path };
    const call = this.call(path, body);
    const endpoint = endpointKind(call.method, target.segments);
    return { ...call, target, endpoint, headers, hasBody: true, takes };
  }

  /** An event that starts nothing known, for the ids in it. */
  mention(bytes: Buffer): ProxyCall {
    const body = { bytes, model: null, maxTokens: null, choices: 1, stream: true };
    return this.response(body, { requests: 0, slots: 0 });
  }

  /**
   * What the model of a call is called where the connection leads.
   * @throws GatewayError INVALID_REQUEST where its route leads elsewhere
   */
  targetOf(call: ProxyCall): AskedTarget {
    const { upstream } = this.leads;
    const here = this.facts
      .candidatesOf(call)
      .find((one) => one.upstream === upstream && one.skip === null);
    if (here) return { upstream, model: here.model };
    const message =
      'This model is not asked where this connection leads. Send the request to POST /v1/responses.';
    throw new GatewayError('INVALID_REQUEST', message, { param: 'model' });
  }

  /** The next turn of a realtime session, whoever begins it. `model` as callers name it. */
  async turn(model: string, { maxTokens, targets }: TurnFacts): Promise<Grant> {
    const bytes = Buffer.from(JSON.stringify({ model }));
    const body = { bytes, model, maxTokens, choices: 1, stream: true };
    const grant = await this.facts.governor.admit({
      ...this.call('/v1/realtime', body),
      takes: { requests: 0, slots: 0 },
      targets,
    });
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

export interface TurnFacts {
  readonly maxTokens: number | null;
  readonly targets: readonly AskedTarget[];
}
