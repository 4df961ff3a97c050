import { GatewayError } from '@app/errors';
import { upstreamPath } from '@app/proxy';
import {
  type Authenticator,
  endpointVerdict,
  type Identity,
  networkVerdict,
  readCredential,
  requireAllowed,
  requireScope,
  type Scope,
} from '@app/tenants';
import type { FastifyRequest } from 'fastify';

/** Of a request what decides whether it is let in; a handshake of a WebSocket has as much, and no route. */
export type AskingRequest = Pick<
  FastifyRequest,
  'method' | 'url' | 'headers' | 'clientIp' | 'identity'
>;

/**
 * Lets a tenant's request in: the one door of controllers, of the pass-through and of WebSockets alike. The identity
 * stays on the request, so that whatever happens next leaves an audit row.
 */
export class Admission {
  constructor(private readonly authenticator: Authenticator) {}

  /** @throws GatewayError PERMISSION_DENIED, POLICY_VIOLATION or SERVICE_UNAVAILABLE */
  async admit(request: AskingRequest, scope: Scope): Promise<Identity> {
    const identity = await this.recognise(request);
    requireScope(identity, scope);
    return identity;
  }

  /**
   * Who is calling, and whether from there and to this path at all, whatever the key may do; asked
   * before a body is read.
   * @throws GatewayError PERMISSION_DENIED, POLICY_VIOLATION, RATE_LIMIT_EXCEEDED (too many wrong keys) or SERVICE_UNAVAILABLE
   */
  async recognise(request: AskingRequest): Promise<Identity> {
    request.identity ??= await this.authenticate(request);
    return judged(request, request.identity);
  }

  /**
   * The same anew, once a body was read: that may have taken so long that its key has ended since, or
   * changed. Who was recognised before stays on the request when it throws.
   * @throws GatewayError as `recognise` does
   */
  async recogniseAnew(request: AskingRequest): Promise<Identity> {
    request.identity = await this.authenticate(request);
    return judged(request, request.identity);
  }

  private async authenticate({ headers, clientIp }: AskingRequest): Promise<Identity> {
    return await this.authenticator.authenticate(readCredential(headers), clientIp ?? '');
  }
}

/** @throws GatewayError POLICY_VIOLATION, or INVALID_REQUEST for a path that cannot be judged */
function judged(request: AskingRequest, identity: Identity): Identity {
  requireAllowed(networkVerdict(identity, request.clientIp ?? null));
  refuseEndpoint(identity, request.method, request.url);
  return identity;
}

/**
 * By the decoded path. One that two parsers could read in two ways cannot be judged.
 * @throws GatewayError POLICY_VIOLATION or INVALID_REQUEST
 */
export function refuseEndpoint(identity: Identity, method: string, target: string): void {
  const path = upstreamPath(target);
  if (path.ok) requireAllowed(endpointVerdict(identity, { method, path: path.normalPath }));
  else if (identity.policy.endpoints || identity.keyPolicy.endpoints) {
    throw new GatewayError('INVALID_REQUEST', path.reason);
  }
}
