import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { DirectionError } from '../directions/order.js';
import { isFields, readText } from '../fields.js';
import { bearerKey } from '../keys.js';
import type { SandboxState } from '../state.js';
import { AsyncTasks } from './async-tasks.js';
import { DashScopeError, invalidParameter } from './dashscope-error.js';
import { qwenImage } from './qwen-image.js';
import { TASK_ADDRESSES } from './read-job.js';
import { ResultLinks } from './result-links.js';

/** The stand-in of Alibaba's Model Studio (DashScope): Qwen-Image, Wan and HappyHorse. */
export function dashscopeRoutes(state: SandboxState): FastifyPluginAsync {
  const links = new ResultLinks(state);
  return async (app) => {
    await app.register(links.routes());
    await app.register(apiRoutes(state, links), { prefix: '/api/v1' });
  };
}

function apiRoutes(state: SandboxState, links: ResultLinks): FastifyPluginAsync {
  const tasks = new AsyncTasks(state, links);
  return async (app) => {
    app.setGenReqId(() => randomUUID());
    app.addHook('onRequest', async (request) => {
      if (state.keys.isGood(bearerKey(request.headers.authorization))) return;
      throw new DashScopeError(401, 'InvalidApiKey', 'Invalid API-key provided.');
    });
    app.setErrorHandler(async (error: FastifyError, request, reply) => {
      const { status, code, message, headers } = asDashScopeError(error);
      return await reply
        .code(status)
        .headers(headers)
        .send({ code, message, request_id: request.id });
    });
    app.setNotFoundHandler(() => {
      throw new DashScopeError(400, 'InvalidURL', 'url error, please check url!');
    });
    app.post(
      '/services/aigc/multimodal-generation/generation',
      async (request, reply) => await qwenImage({ state, links }, request, reply),
    );
    for (const [path, read] of Object.entries(TASK_ADDRESSES)) {
      app.post(
        `/services/aigc${path}`,
        async (request, reply) => await tasks.submit(read, request, reply),
      );
    }
    for (const path of ['/tasks', '/tasks/']) {
      app.get(path, async (request, reply) => await reply.send(tasks.list(request)));
    }
    app.get(
      '/tasks/:id',
      async (request, reply) => await reply.send(tasks.poll(request, taskId(request))),
    );
    app.post(
      '/tasks/:id/cancel',
      async (request, reply) => await reply.send(tasks.cancel(request, taskId(request))),
    );
  };
}

const taskId = (request: FastifyRequest): string =>
  isFields(request.params) ? readText(request.params, 'id') : '';

function asDashScopeError(error: FastifyError): DashScopeError {
  if (error instanceof DashScopeError) return error;
  if (error instanceof DirectionError) return invalidParameter(error.message);
  const { statusCode = 500, message } = error;
  if (statusCode < 500) return new DashScopeError(statusCode, 'InvalidParameter', message);
  return new DashScopeError(500, 'InternalError', message);
}
