import type { AdminIdentity } from '@app/tenants';
import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AdminAdmission, requireRole } from './admin-admission.js';
import { AdminTrail } from './admin-trail.js';

/**
 * Admits admins by ADMIN_TOKEN or a named token; tenants' keys never open `/admin/*`. What they are
 * about to do is on record before any of it is done, also what their role forbids.
 */
@Injectable()
export class AdminGuard implements CanActivate {
  constructor(
    private readonly admission: AdminAdmission,
    private readonly trail: AdminTrail,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const admin = await this.admission.recognise(request);
    await this.trail.begin(request, admin);
    requireRole(admin, request.method);
    return true;
  }
}

/** The admin's identity, put on the request by `AdminGuard`. */
export const CallingAdmin = createParamDecorator(
  (_: unknown, context: ExecutionContext): AdminIdentity => {
    const { admin } = context.switchToHttp().getRequest<FastifyRequest>();
    if (!admin) throw new Error('CallingAdmin used on a route without AdminGuard');
    return admin;
  },
);
