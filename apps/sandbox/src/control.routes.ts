import type { FastifyPluginAsync } from 'fastify';
import { type Fields, isFields, readText } from './fields.js';
import { LANGUAGE_FAULTS } from './openai/language-faults.js';
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
      const numbers = readNumbers(query);
      if (typeof numbers === 'string') return await reply.code(400).send({ error: numbers });
      return state.submits.list({ provider: vendor, ...numbers });
    });

    app.get('/requests', async (request, reply) => {
      const query = isFields(request.query) ? request.query : {};
      const numbers = readNumbers(query);
      if (typeof numbers === 'string') return await reply.code(400).send({ error: numbers });
      return {
        requests: state.requests.list({
          key: readText(query, 'key') || null,
          since: numbers.since,
        }),
      };
    });

    app.post('/faults', async (request, reply) => {
      const body = isFields(request.body) ? request.body : {};
      const key = readText(body, 'key');
      const fault = LANGUAGE_FAULTS.find((known) => known === body['fault']) ?? null;
      if (key === '' || (fault === null && body['fault'] !== null)) {
        const error = `give {"key": "…", "fault": null or one of ${LANGUAGE_FAULTS.join(', ')}}`;
        return await reply.code(400).send({ error });
      }
      state.keys.setFault(key, fault);
      return { key, fault };
    });

    app.get('/keys', async () => ({ keys: state.keys.uses() }));

    app.post('/keys', async (request, reply) => {
      const key = isFields(request.body) ? readText(request.body, 'key') : '';
      const refused = isFields(request.body) ? request.body['refused'] : undefined;
      if (key === '' || typeof refused !== 'boolean') {
        return await reply.code(400).send({ error: 'give {"key": "…", "refused": true or false}' });
      }
      state.keys.setRefused(key, refused);
      return { key, refused };
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

const NUMBERS = {
  since: { fallback: 0, error: 'since must be Unix milliseconds' },
  after: { fallback: 0, error: 'after must be the `next` of the page before' },
  limit: { fallback: Number.POSITIVE_INFINITY, error: 'limit must be a whole number' },
} as const;

/** What a listing asks for, or what is wrong with it. */
function readNumbers(query: Fields): Record<keyof typeof NUMBERS, number> | string {
  const numbers = { since: 0, after: 0, limit: 0 };
  for (const name of ['since', 'after', 'limit'] as const) {
    const { fallback, error } = NUMBERS[name];
    const text = readText(query, name);
    if (!/^\d{0,15}$/.test(text)) return error;
    numbers[name] = text === '' ? fallback : Number(text);
  }
  return numbers;
}
