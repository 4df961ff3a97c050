import type { FastifyPluginAsync } from 'fastify';
import { isFields, readText } from '../fields.js';
import { chat } from './chat.js';
import { completions } from './completions.js';
import { embeddings } from './embeddings.js';
import { fileRoutes } from './files.routes.js';
import { editImages, generateImages } from './images.js';
import type { LastRequest } from './last-request.js';
import { speakOpenAi } from './openai-api.js';
import { notFound } from './openai-error.js';
import { LISTED_MODELS, modelKind, modelObject } from './openai-models.js';
import type { OpenAiState } from './openai-state.js';
import { responses } from './responses.js';

/** The stand-in of api.openai.com/v1, under the name that the state gives it. */
export function openAiRoutes(state: OpenAiState, lastRequest: LastRequest): FastifyPluginAsync {
  return async (app) => {
    speakOpenAi(app, state.keys, (request, reply) => {
      state.requests.begin(state.provider, request, reply);
      lastRequest.remember({ method: request.method, path: request.url, headers: request.headers });
    });

    app.post('/chat/completions', async (request, reply) => await chat(state, request, reply));
    app.post('/completions', async (request, reply) => await completions(state, request, reply));
    app.post('/responses', async (request, reply) => await responses(state, request, reply));
    app.post('/embeddings', async (request, reply) => await embeddings(state, request, reply));
    app.post(
      '/images/generations',
      async (request, reply) => await generateImages(state, request, reply),
    );
    app.post('/images/edits', async (request, reply) => await editImages(state, request, reply));
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
