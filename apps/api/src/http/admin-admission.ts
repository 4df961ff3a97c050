import { createHash } from 'node:crypto';
import { GatewayError } from '@app/errors';
import {
  type AdminAuthenticator,
  type AdminIdentity,
  type AttemptLimit,
  type AuthFailure,
  readCredential,
} from '@app/tenants';
import type { FastifyRequest } from 'fastify';

/** Lets admins in: asked once for each request, before its body is read. */
export class AdminAdmission {
  constructor(
    private readonly authenticator: AdminAuthenticator,
    private readonly attempts: AttemptLimit,
    private readonly onFailure: (why: AuthFailure) => void,
  ) {}

  /**
   * Who is calling, whatever the role.
   * @throws GatewayError PERMISSION_DENIED, RATE_LIMIT_EXCEEDED (too many wrong tokens from this address) or SERVICE_UNAVAILABLE
   */
  async recognise(request: FastifyRequest): Promise<AdminIdentity> {
    return request.admin ?? (await this.recogniseAnew(request));
  }

  /** The same anew, once a body was read: that may have taken so long that the token has ended since. */
  async recogniseAnew(request: FastifyRequest): Promise<AdminIdentity> {
    request.admin = await this.admit(readCredential(request.headers), request.clientIp ?? '');
    return request.admin;
  }

  private async admit(token: string | null, address: string): Promise<AdminIdentity> {
    const look = async () => await this.authenticator.authenticate(token);
    try {
      if (!token) return await look();
      const digest = createHash('sha256').update(token).digest('base64');
      return await this.attempts.attempt({ address, digest }, look);
    } catch (error) {
      this.tell(error, token);
      throw error;
    }
  }

  private tell(error: unknown, token: string | null): void {
    if (!(error instanceof GatewayError)) return;
    if (error.code === 'RATE_LIMIT_EXCEEDED') this.onFailure('limited');
    if (error.code === 'PERMISSION_DENIED') this.onFailure(token ? 'unknown' : 'missing');
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

/** For what only an operator may read. @throws GatewayError POLICY_VIOLATION */
export function requireOperator(admin: AdminIdentity, what: string): void {
  if (admin.role === 'operator') return;
  throw new GatewayError(
    'POLICY_VIOLATION',
    `Admin "${admin.name}" is a viewer and may not read ${what}; this call takes the role operator.`,
  );
}

export const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';
