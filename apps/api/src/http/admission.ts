import {
  type Authenticator,
  type Identity,
  readCredential,
  requireScope,
  type Scope,
} from '@app/tenants';
import type { FastifyRequest } from 'fastify';

/**
 * Lets a tenant's request in: the one door of controllers and of the pass-through alike. The identity
 * stays on the request, so that whatever happens next leaves an audit row.
 */
export class Admission {
  constructor(private readonly authenticator: Authenticator) {}

  /** @throws GatewayError PERMISSION_DENIED, POLICY_VIOLATION or SERVICE_UNAVAILABLE */
  async admit(request: FastifyRequest, scope: Scope): Promise<Identity> {
    const identity = await this.recognise(request);
    requireScope(identity, scope);
    return identity;
  }

  /**
   * Who is calling, whatever the key may do; asked once for each request.
   * @throws GatewayError PERMISSION_DENIED, RATE_LIMIT_EXCEEDED (too many wrong keys) or SERVICE_UNAVAILABLE
   */
  async recognise(request: FastifyRequest): Promise<Identity> {
    request.identity ??= await this.authenticator.authenticate(
      readCredential(request.headers),
      request.clientIp ?? '',
    );
    return request.identity;
  }
}
