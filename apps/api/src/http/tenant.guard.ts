import type { Identity, Scope } from '@app/tenants';
import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Admission } from './admission.js';
import { countedAs, type CountedAs, RequestLimits } from './request-limits.js';

/** Which of a key's scopes a handler needs. */
export const RequireScope = (scope: Scope) => SetMetadata('scope', scope);

/** Admits tenants to controllers, and counts what they ask for. */
@Injectable()
export class TenantGuard implements CanActivate {
  constructor(
    private readonly admission: Admission,
    private readonly limits: RequestLimits,
    private readonly reflector: Reflector,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const scope = this.reflector.getAllAndOverride<Scope | undefined>('scope', targets) ?? 'read';
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    await this.admission.admit(request, scope);
    const told = this.reflector.getAllAndOverride<CountedAs | undefined>('counts-as', targets);
    const kind = told ?? countedAs(request.method);
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    if (kind !== 'itself') await this.limits.take(request, reply, kind);
    return true;
  }
}

/** The tenant's identity, put on the request by `TenantGuard`. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity => {
  const { identity } = context.switchToHttp().getRequest<FastifyRequest>();
  if (!identity) throw new Error('Caller used on a route without TenantGuard');
  return identity;
});
