import { GatewayError } from '@app/errors';
import { type HookClaim, VendorHooks } from '@app/tasks';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';

/** Admits whoever has a URL that we gave to a vendor; to everybody else there is nothing here. */
@Injectable()
export class VendorHookGuard implements CanActivate {
  constructor(private readonly hooks: VendorHooks) {}

  canActivate(context: ExecutionContext): boolean {
    this.admit(context.switchToHttp().getRequest<FastifyRequest>());
    return true;
  }

  /** Also before a body is read. @throws GatewayError NOT_FOUND, the same whatever is wrong */
  admit({ params }: FastifyRequest): void {
    if (!isClaim(params) || !this.hooks.verify(params)) throw noHook();
  }
}

const isClaim = (params: unknown): params is HookClaim =>
  typeof params === 'object' &&
  params !== null &&
  'provider' in params &&
  'attemptId' in params &&
  'mac' in params;

export const noHook = (): GatewayError => new GatewayError('NOT_FOUND', 'No such hook.');
