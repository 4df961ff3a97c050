import type { FastifyPluginAsync } from 'fastify';
import { isFields, readText } from './fields.js';
import type { LastRequest } from './openai/last-request.js';
import type { SandboxState } from './state.js';
import { VENDORS } from './submit-log.js';

/** What tests ask the sandbox itself; no vendor has these. */
export function controlRoutes(
  state: SandboxState,
  lastOpenAiRequest: LastRequest,
): FastifyPluginAsync {
  return async (app) => {
    app.get('/submits', async (request, reply) => {
      const query = isFields(request.query) ? request.query : {};
      const provider = readText(query, 'provider');
      const vendor = VENDORS.find((known) => known === provider) ?? null;
      if (provider !== '' && vendor === null) {
        return await reply
          .code(400)
          .send({ error: `provider must be one of ${VENDORS.join(', ')}` });
      }
      const since = readText(query, 'since', '0');
      if (!/^\d{1,15}$/.test(since)) {
        return await reply.code(400).send({ error: 'since must be Unix milliseconds' });
      }
      return { submits: state.submits.list({ provider: vendor, since: Number(since) }) };
    });

    app.route({
      method: ['GET', 'POST'],
      url: '/last-openai-request',
      handler: async (_request, reply) =>
        lastOpenAiRequest.read() ??
        (await reply.code(404).send({ error: 'The OpenAI stand-in has seen no request yet.' })),
    });
  };
}
