import { GatewayError } from '@app/errors';
import type { Logger } from '@app/observability';
import type { AdminAction, AdminActionStore, AdminIdentity } from '@app/tenants';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isReading } from './admin-admission.js';
import { intentDetails, outcomeDetails, shownPath } from './admin-action-details.js';

/**
 * The record of what admins do: a row before each action, and one with its outcome before the answer
 * goes out. Reading leaves none, except reading everything (`…/export`) and reading a secret.
 */
export class AdminTrail {
  constructor(
    private readonly store: AdminActionStore,
    private readonly logger: Pick<Logger, 'error'>,
  ) {}

  /**
   * Returns when the intent is durable.
   * @throws GatewayError SERVICE_UNAVAILABLE when it is not: nothing may be done then
   */
  async begin(request: FastifyRequest, admin: AdminIdentity): Promise<void> {
    if (!isOnRecord(request) || request.adminIntent) return;
    const intent: AdminAction = {
      at: new Date(),
      actor: admin.name,
      role: admin.role,
      method: request.method,
      path: shownPath(request.url),
      requestId: request.id,
      kind: 'intent',
      status: null,
      details: intentDetails(request, admin),
    };
    try {
      await this.store.append(intent);
    } catch (cause) {
      throw new GatewayError(
        'SERVICE_UNAVAILABLE',
        'What admins do is put on record first, and that cannot be written just now; nothing was done.',
        { retryAfterSeconds: 2, cause },
      );
    }
    request.adminIntent = intent;
  }

  /** Sees to the outcomes. Call before any route is registered. */
  watch(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', async (request, reply) => {
      // A route that wrote its answer itself; every other one comes by below, also when its caller has left.
      reply.raw.once('close', () => {
        if (reply.sent) void this.end(request, reply, undefined);
      });
    });
    fastify.addHook('onSend', async (request, reply, payload) => {
      await this.end(request, reply, payload);
    });
  }

  /** What was done stays done, whether or not its outcome can be written: the intent tells of it. */
  private async end(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<void> {
    const intent = request.adminIntent;
    if (!intent || request.adminOutcome) return;
    request.adminOutcome = true;
    const outcome: AdminAction = {
      ...intent,
      at: new Date(),
      kind: 'outcome',
      status: reply.statusCode,
      details: outcomeDetails(request.errorCode, payload),
    };
    try {
      await this.store.append(outcome);
    } catch (err) {
      const { method, path, requestId, status } = outcome;
      const fields = { err, actor: outcome.actor, method, path, requestId, status };
      this.logger.error(fields, 'the outcome of an admin action could not be put on record');
    }
  }
}

const isOnRecord = ({ method, routeOptions }: FastifyRequest): boolean =>
  !isReading(method) || /\/(export|secret)$/.test(routeOptions.url ?? '');
