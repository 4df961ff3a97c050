import type { Identity, Scope } from '@app/tenants';
import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Admission } from './admission.js';

/** Which of a key's scopes a handler needs. */
export const RequireScope = (scope: Scope) => SetMetadata('scope', scope);

/** Admits tenants to controllers. */
@Injectable()
export class TenantGuard implements CanActivate {
  constructor(
    private readonly admission: Admission,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const scope = this.reflector.getAllAndOverride<Scope | undefined>('scope', targets) ?? 'read';
    await this.admission.admit(context.switchToHttp().getRequest<FastifyRequest>(), scope);
    return true;
  }
}

/** The tenant's identity, put on the request by `TenantGuard`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  const { identity } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!identity) throw new Error('Caller used on a route without TenantGuard');
  return identity;
});
