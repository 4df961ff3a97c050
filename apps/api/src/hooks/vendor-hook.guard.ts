import { GatewayError } from '@app/errors';
import { VendorHooks } from '@app/tasks';
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
    const { provider = '', attemptId = '', mac = '' } = params as HookParams; // by the route
    if (!this.hooks.verify({ provider, attemptId, mac })) throw noHook();
  }
}

interface HookParams {
  readonly provider?: string;
  readonly attemptId?: string;
  readonly mac?: string;
}

export const noHook = (): GatewayError => new GatewayError('NOT_FOUND', 'No such hook.');
