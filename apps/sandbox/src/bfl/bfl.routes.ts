import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { DirectionError } from '../directions/order.js';
import { isFields, readText } from '../fields.js';
import type { Keys } from '../keys.js';
import type { SandboxState } from '../state.js';
import { BflError, broken, notFound } from './bfl-error.js';
import { FLUX_MODELS } from './flux-models.js';
import { FluxTasks } from './flux-tasks.js';
import { sampleRoutes } from './sample-links.js';

/**
 * The stand-in of Black Forest Labs. Three hosts of theirs are three path prefixes: `/bfl` (the API),
 * `/bfl-cluster` (where polling URLs point), `/bfl-delivery` (pictures). A client that composes the
 * polling URL from its base URL gets the 404 that it deserves, unless the job has a webhook: the answer to
 * its submit names no polling URL, so the general one knows it.
 */
export function bflRoutes(state: SandboxState): FastifyPluginAsync {
  const tasks = new FluxTasks(state);
  return async (app) => {
    await app.register(submitRoutes(tasks, state.keys), { prefix: '/bfl/v1' });
    await app.register(pollRoutes(tasks), { prefix: '/bfl-cluster/v1' });
    await app.register(sampleRoutes(state, (id) => tasks.find(id)));
  };
}

function submitRoutes(tasks: FluxTasks, keys: Keys): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler(answerError);
    app.setNotFoundHandler(() => {
      throw notFound();
    });
    for (const model of Object.keys(FLUX_MODELS)) {
      app.post(`/${model}`, async (request, reply) => {
        await tasks.submit({ model, key: goodKey(request, keys) }, request, reply);
      });
    }
    app.get('/credits', async (request, reply) => {
      return await reply.send({ credits: tasks.credits.left(goodKey(request, keys)) });
    });
    app.get('/get_result', async (request, reply) => {
      const id = readId(request);
      if (!tasks.isKnownEverywhere(id)) throw notFound();
      return await reply.send(tasks.poll(id, request.host));
    });
  };
}

function pollRoutes(tasks: FluxTasks): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler(answerError);
    app.setNotFoundHandler(() => {
      throw notFound();
    });
    app.get('/get_result', async (request, reply) => {
      return await reply.send(tasks.poll(readId(request), request.host));
    });
  };
}

/** @throws BflError */
function readId(request: FastifyRequest): string {
  const id = isFields(request.query) ? readText(request.query, 'id') : '';
  if (id !== '') return id;
  throw new BflError(422, [{ loc: ['query', 'id'], msg: 'Field required', type: 'missing' }]);
}

/** @throws BflError */
function goodKey({ headers }: FastifyRequest, keys: Keys): string {
  const key = headers['x-key'];
  if (typeof key !== 'string' || key === '') throw new BflError(403, 'Not authenticated');
  if (!keys.isGood(key)) throw new BflError(422, 'Invalid API key format');
  return key;
}

async function answerError(
  error: FastifyError,
  _request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { status, detail, headers } = asBflError(error);
  await reply.code(status).headers(headers).send({ detail });
}

function asBflError(error: FastifyError): BflError {
  if (error instanceof BflError) return error;
  if (error instanceof DirectionError) {
    return new BflError(422, [
      { loc: ['body', 'prompt'], msg: error.message, type: 'value_error' },
    ]);
  }
  const { statusCode = 500, message } = error;
  if (statusCode >= 500) return broken();
  return new BflError(422, [{ loc: ['body'], msg: message, type: 'json_invalid' }]);
}
