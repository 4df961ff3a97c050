import { GatewayError } from '@app/errors';
import { type AdminAuthenticator, type AdminIdentity, readCredential } from '@app/tenants';
import type { FastifyRequest } from 'fastify';

/** Lets admins in: asked once for each request, before its body is read. */
export class AdminAdmission {
  constructor(private readonly authenticator: AdminAuthenticator) {}

  /**
   * Who is calling, whatever the role.
   * @throws GatewayError PERMISSION_DENIED or SERVICE_UNAVAILABLE
   */
  async recognise(request: FastifyRequest): Promise<AdminIdentity> {
    request.admin ??= await this.authenticator.authenticate(readCredential(request.headers));
    return request.admin;
  }
}

/** @throws GatewayError POLICY_VIOLATION for a viewer who would change something */
export function requireRole(admin: AdminIdentity, method: string): void {
  if (admin.role === 'operator' || isReading(method)) return;
  throw new GatewayError(
    'POLICY_VIOLATION',
    `Admin "${admin.name}" is a viewer and may only read (GET); this call takes the role operator.`,
  );
}

export const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';
