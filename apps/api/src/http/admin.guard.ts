import { createHash, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@app/config';
import { GatewayError } from '@app/errors';
import { readCredential } from '@app/tenants';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

export const ADMIN_TOKEN = 'ADMIN_TOKEN';

/** Admits operators by ADMIN_TOKEN; tenants' keys never open `/admin/*`. */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(@Inject(ADMIN_TOKEN) private readonly token: Secret) {}

  canActivate(context: ExecutionContext): boolean {
    this.admit(context.switchToHttp().getRequest<FastifyRequest>());
    return true;
  }

  /** @throws GatewayError PERMISSION_DENIED */
  admit(request: FastifyRequest): void {
    const given = readCredential(request.headers) ?? '';
    if (isEqual(given, this.token.reveal())) return;
    throw new GatewayError(
      'PERMISSION_DENIED',
      'This path takes "Authorization: Bearer <ADMIN_TOKEN>".',
    );
  }
}

/** Digests have one length, so the comparison tells nothing about the token's. */
const isEqual = (given: string, expected: string): boolean =>
  timingSafeEqual(digest(given), digest(expected));

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
