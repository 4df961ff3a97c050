import { randomBytes } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify';
import { DirectionError } from '../directions/order.js';
import { isFields, readText } from '../fields.js';
import { bearerKey, isGoodKey } from '../keys.js';
import type { SandboxState } from '../state.js';
import { chat } from './chat.js';
import { embeddings } from './embeddings.js';
import { fileRoutes } from './files.routes.js';
import { generateImages } from './images.js';
import type { LastRequest } from './last-request.js';
import { broken, invalidRequest, notFound, OpenAiError } from './openai-error.js';
import { LISTED_MODELS, modelKind, modelObject } from './openai-models.js';
import { responses } from './responses.js';

/** The stand-in of api.openai.com/v1. */
export function openAiRoutes(state: SandboxState, lastRequest: LastRequest): FastifyPluginAsync {
  return async (app) => {
    app.setGenReqId(() => `req_${randomBytes(16).toString('hex')}`);
    addHooks(app, lastRequest);
    takeEmptyJson(app);
    app.setErrorHandler(
      async (error: FastifyError, _request, reply) => await answerError(error, reply),
    );
    app.setNotFoundHandler((request) => {
      throw notFound(`Invalid URL (${request.method} ${request.url.replace(/^\/openai/, '')})`);
    });

    app.post('/chat/completions', async (request, reply) => await chat(state, request, reply));
    app.post('/responses', async (request, reply) => await responses(state, request, reply));
    app.post('/embeddings', async (request, reply) => await embeddings(state, request, reply));
    app.post(
      '/images/generations',
      async (request, reply) => await generateImages(state, request, reply),
    );
    app.get(
      '/models',
      async (_request, reply) =>
        await reply.send({ object: 'list', data: LISTED_MODELS.map(modelObject) }),
    );
    app.get('/models/:id', async (request, reply) => {
      const id = isFields(request.params) ? readText(request.params, 'id') : '';
      if (modelKind(id) !== null) return await reply.send(modelObject(id));
      throw notFound(`The model '${id}' does not exist`, 'model', 'model_not_found');
    });
    await app.register(fileRoutes(state));
  };
}

/** OpenAI's Python client says `application/json` on a DELETE that has no body. */
function takeEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'ignore');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parse(request, body.toString(), done);
  });
}

function addHooks(app: FastifyInstance, lastRequest: LastRequest): void {
  app.addHook('onRequest', async (request, reply) => {
    lastRequest.remember({ method: request.method, path: request.url, headers: request.headers });
    reply.headers({ 'x-request-id': request.id, 'openai-version': '2020-10-01', ...LIMIT_HEADERS });
    const key = bearerKey(request.headers.authorization);
    if (!isGoodKey(key)) throw badKey(key);
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('openai-processing-ms', Math.ceil(reply.elapsedTime));
  });
}

/** The account's limits are never reached here; the headers are as OpenAI sends them. */
const LIMIT_HEADERS = {
  // A stream's headers leave at once; every other answer gets its real time.
  'openai-processing-ms': '1',
  'openai-organization': 'org-sandbox',
  'x-ratelimit-limit-requests': '10000',
  'x-ratelimit-remaining-requests': '9999',
  'x-ratelimit-reset-requests': '6ms',
  'x-ratelimit-limit-tokens': '2000000',
  'x-ratelimit-remaining-tokens': '1999900',
  'x-ratelimit-reset-tokens': '3ms',
} as const;

function badKey(key: string | null): OpenAiError {
  const message =
    key === null
      ? "You didn't provide an API key. Send it in an Authorization header using Bearer auth."
      : `Incorrect API key provided: ${key.slice(0, 5)}***.`;
  return new OpenAiError(401, {
    message,
    type: 'invalid_request_error',
    param: null,
    code: 'invalid_api_key',
  });
}

async function answerError(error: FastifyError, reply: FastifyReply): Promise<void> {
  const { status, body, headers } = asOpenAiError(error);
  await reply.code(status).headers(headers).send({ error: body });
}

function asOpenAiError(error: FastifyError): OpenAiError {
  if (error instanceof OpenAiError) return error;
  if (error instanceof DirectionError) return invalidRequest(error.message, null, 'invalid_value');
  const { statusCode = 500, message } = error;
  if (statusCode >= 500) return broken();
  return new OpenAiError(statusCode, {
    message,
    type: 'invalid_request_error',
    param: null,
    code: null,
  });
}
