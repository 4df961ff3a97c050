import { randomBytes } from 'node:crypto';
import type { FastifyError, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { DirectionError } from '../directions/order.js';
import { isFields, readText } from '../fields.js';
import { bearerKey } from '../keys.js';
import type { SandboxState } from '../state.js';
import { ArkError, INTERNAL } from './ark-error.js';
import { ArkLinks } from './ark-links.js';
import { FilmTasks } from './film-tasks.js';
import { generatePictures } from './pictures.js';

/** The stand-in of ByteDance's Ark, under both its companies' names of models: Seedance and Seedream. */
export function arkRoutes(state: SandboxState): FastifyPluginAsync {
  const links = new ArkLinks(state);
  return async (app) => {
    await app.register(links.routes());
    await app.register(apiRoutes(state, links), { prefix: '/api/v3' });
  };
}

const TASKS = '/contents/generations/tasks';

function apiRoutes(state: SandboxState, links: ArkLinks): FastifyPluginAsync {
  const films = new FilmTasks(state, links);
  return async (app) => {
    app.setGenReqId(() => `0217${randomBytes(16).toString('hex')}`);
    app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id);
      if (state.keys.isGood(bearerKey(request.headers.authorization))) return;
      throw new ArkError(
        401,
        'AuthenticationError',
        'The API key or AK/SK in the request is missing or invalid.',
      );
    });
    app.setErrorHandler(async (error: FastifyError, request, reply) => {
      const { status, code, type, message, details } = asArkError(error);
      const told = `${message} Request id: ${request.id}`;
      return await reply
        .code(status)
        .headers(details.headers ?? {})
        .send({ error: { code, message: told, param: details.param ?? '', type } });
    });
    app.setNotFoundHandler(() => {
      throw new ArkError(404, 'NotFound', 'The requested path does not exist.');
    });
    app.post(TASKS, async (request, reply) => await films.submit(request, reply));
    app.get(TASKS, async ({ query, host }, reply) => await reply.send(films.list(query, host)));
    app.get(
      `${TASKS}/:id`,
      async (request, reply) => await reply.send(films.look(idIn(request), request.host)),
    );
    app.delete(
      `${TASKS}/:id`,
      async (request, reply) => await reply.send(films.remove(idIn(request))),
    );
    app.post(
      '/images/generations',
      async (request, reply) => await generatePictures({ state, links }, request, reply),
    );
  };
}

const idIn = (request: FastifyRequest): string =>
  isFields(request.params) ? readText(request.params, 'id') : '';

function asArkError(error: FastifyError): ArkError {
  if (error instanceof ArkError) return error;
  const { statusCode = 500, message } = error;
  if (error instanceof DirectionError) return new ArkError(400, 'InvalidParameter', message);
  if (statusCode < 500) return new ArkError(statusCode, 'InvalidParameter', message);
  return new ArkError(500, INTERNAL.code, message);
}
