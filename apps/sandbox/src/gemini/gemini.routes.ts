import type { FastifyError, FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { DirectionError } from '../directions/order.js';
import { isFields, readText } from '../fields.js';
import type { Keys } from '../keys.js';
import type { SandboxState } from '../state.js';
import {
  badKey,
  GeminiError,
  internal,
  invalidArgument,
  noKey,
  noModel,
  notFound,
} from './gemini-error.js';
import { GeminiFiles } from './gemini-files.js';
import { generatePicture } from './generated-picture.js';
import { Interactions } from './interactions.js';
import { PICTURE_MODELS, type PictureModel } from './picture-body.js';
import { VEO_PREVIEW_MODELS } from './veo-preview-body.js';
import { VeoPreviews } from './veo-previews.js';

/**
 * The stand-in of the Gemini API: interactions, files, pictures and the legacy surface of Veo. It
 * serves what Google itself retired too, because it stands for compatible hosts as well.
 */
export function geminiRoutes(state: SandboxState): FastifyPluginAsync {
  const files = new GeminiFiles(state);
  const interactions = new Interactions(state, files);
  const veo = new VeoPreviews(state, files);
  return async (app) => {
    app.register(files.storageRoutes());
    app.register(apiRoutes(state, { files, interactions, veo }), { prefix: '/gemini' });
  };
}

interface Surfaces {
  readonly files: GeminiFiles;
  readonly interactions: Interactions;
  readonly veo: VeoPreviews;
}

const VERSION = '/:version(^v1beta$|^v1$)';

function apiRoutes(
  state: SandboxState,
  { files, interactions, veo }: Surfaces,
): FastifyPluginAsync {
  return async (app) => {
    app.addHook('onRequest', async (request) => checkKey(request, state.keys));
    takeEmptyBodies(app);
    app.setErrorHandler(async (error: FastifyError, request, reply) => {
      const known = asGeminiError(error);
      const isInteraction = /^\/gemini\/v1(beta)?\/interactions/.test(request.url);
      const body = isInteraction ? known.interaction() : known.status();
      return await reply.code(known.code).headers(known.headers).send(body);
    });
    app.setNotFoundHandler(() => {
      throw notFound('The requested URL');
    });
    app.post(`${VERSION}/interactions`, async (request, reply) => {
      await interactions.submit(request, reply);
    });
    app.get(`${VERSION}/interactions/:id`, async (request, reply) => {
      await interactions.look(param(request, 'id'), request, reply);
    });
    app.post(`${VERSION}/interactions/:id/cancel`, async (request) =>
      interactions.cancel(param(request, 'id')),
    );
    app.delete(`${VERSION}/interactions/:id`, async (request) =>
      interactions.delete(param(request, 'id')),
    );
    app.get(`${VERSION}/files/:name`, async (request, reply) => {
      await files.get(param(request, 'name'), request, reply);
    });
    app.get(`${VERSION}/models/:model/operations/:id`, async (request) =>
      veo.look(`models/${param(request, 'model')}/operations/${param(request, 'id')}`, request),
    );
    app.get(`${VERSION}/models`, async () => ({ models: [] }));
    app.post(`${VERSION}/models/:call`, async (request, reply) => {
      const [model = '', verb = ''] = param(request, 'call').split(':');
      if (verb === 'generateContent' && isPictureModel(model)) {
        return await generatePicture(state, model, request, reply);
      }
      if (verb === 'predictLongRunning' && Object.hasOwn(VEO_PREVIEW_MODELS, model)) {
        return await veo.submit(model, request, reply);
      }
      throw noModel(model);
    });
  };
}

/** The vendor's own library calls its bodies JSON where there is none. */
function takeEmptyBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.length === 0) {
      done(null, undefined);
      return;
    }
    void parse(request, String(body), done);
  });
}

const isPictureModel = (model: string): model is PictureModel =>
  Object.hasOwn(PICTURE_MODELS, model);

const param = (request: FastifyRequest, name: string): string =>
  isFields(request.params) ? readText(request.params, name) : '';

/** In a header, or in the address. @throws GeminiError */
function checkKey(request: FastifyRequest, keys: Keys): void {
  const query = isFields(request.query) ? request.query : {};
  const header = request.headers['x-goog-api-key'];
  const key = typeof header === 'string' && header !== '' ? header : readText(query, 'key');
  if (key === '') throw noKey();
  if (!keys.isGood(key)) throw badKey();
}

function asGeminiError(error: FastifyError): GeminiError {
  if (error instanceof GeminiError) return error;
  if (error instanceof DirectionError) return invalidArgument(error.message);
  const { statusCode = 500, message } = error;
  return statusCode < 500 ? invalidArgument(message) : internal();
}
