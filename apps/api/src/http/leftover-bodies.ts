import type { FastifyInstance } from 'fastify';

/** Time for the rest of a body whose request was answered before it had been read. */
const LINGER_MS = 5_000;

/**
 * Reads and throws away what is left of a body after its answer, for a while; then cuts the connection.
 * Cutting it at once would often take the answer with it, so that the caller sees a reset instead of
 * the reason (RFC 9112, section 9.6).
 */
export function discardLeftoverBodies(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', async ({ raw: request }, { raw: response }) => {
    response.once('finish', () => {
      if (request.complete) return;
      request.resume();
      const cut = setTimeout(() => request.socket.destroy(), LINGER_MS).unref();
      request.once('close', () => clearTimeout(cut));
    });
  });
}
