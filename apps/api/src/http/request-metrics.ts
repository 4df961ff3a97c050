import type { Metrics } from '@app/observability';
import type { FastifyInstance } from 'fastify';

/** Times every request, from its head to the end of the answer, by face and status. */
export function measureRequests(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onRequest', async (request, reply) => {
    const face = request.routeOptions.config.raw ? 'pass-through' : 'gateway';
    const stop = metrics.requests.startTimer({ face });
    reply.raw.once('close', () => stop({ status: String(reply.raw.statusCode) }));
  });
}
