import { randomBytes } from 'node:crypto';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DirectionError } from '../directions/order.js';
import { bearerKey, type Keys } from '../keys.js';
import { broken, invalidRequest, keyRefused, notFound, OpenAiError } from './openai-error.js';
import { refuseAccount } from './refuse-account.js';

type OnRequest = (request: FastifyRequest, reply: FastifyReply) => void;

/** Makes an app speak as api.openai.com does: ids, headers, keys, errors, JSON and forms. */
export function speakOpenAi(
  app: FastifyInstance,
  keys: Keys,
  onRequest: OnRequest = () => {},
): void {
  app.setGenReqId(() => `req_${randomBytes(16).toString('hex')}`);
  addHooks(app, keys, onRequest);
  takeEmptyJson(app);
  // Read by whoever takes a form: it may be large.
  app.addContentTypeParser('multipart/form-data', (_request, payload, done) => done(null, payload));
  app.setErrorHandler(
    async (error: FastifyError, _request, reply) => await answerError(error, reply),
  );
  app.setNotFoundHandler((request) => {
    throw notFound(
      `Invalid URL (${request.method} ${request.url.replace(/^\/[a-z-]+(?=\/v1)/, '')})`,
    );
  });
}

/** OpenAI's Python client says `application/json` on a DELETE that has no body. */
function takeEmptyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'ignore');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) done(null, undefined);
    else void parse(request, body.toString(), done);
  });
}

function addHooks(app: FastifyInstance, keys: Keys, onRequest: OnRequest): void {
  app.addHook('onRequest', async (request, reply) => {
    onRequest(request, reply);
    reply.headers({ 'x-request-id': request.id, 'openai-version': '2020-10-01', ...LIMIT_HEADERS });
    const key = bearerKey(request.headers.authorization);
    if (!keys.isGood(key)) throw keyRefused(begun(key));
    if (request.method === 'POST') refuseAccount(key);
  });
  app.addHook('onSend', async (_request, reply) => {
    reply.header('openai-processing-ms', Math.ceil(reply.elapsedTime));
  });
}

const begun = (key: string | null): string | null =>
  key === null ? null : `${key.slice(0, 5)}***`;

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
