import { GatewayError } from '@app/errors';
import type { FastifyInstance } from 'fastify';

/** Postgres knows no U+0000, so no id or filter holds one. Raw routes judge their own paths. */
export function refuseUnstorableUrls(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.raw || !request.url.includes('%00')) return;
    throw new GatewayError('INVALID_REQUEST', 'The URL holds an encoded U+0000 (%00).');
  });
}
