import type { Metrics } from '@app/observability';
import type { FastifyInstance } from 'fastify';

/** Times every request, from its head to the end of the answer, by face and status. */
export function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const stop = metrics.requests.startTimer();
    reply.raw.once('close', () => {
      const passes = request.routeOptions.config.raw || request.passesThrough;
      stop({ face: passes ? 'pass-through' : 'gateway', status: String(reply.raw.statusCode) });
    });
  });
}
