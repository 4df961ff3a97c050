import { openaiWireError } from '../openai-wire-error.js';
import { callImages, readImages } from '../openai-wire-images.js';
import { probeModels } from '../openai-wire-models.js';
import type { JsonObject, Provider, SubmitContext, Submitted } from '../provider.js';
import { TITLE } from './compatible-call.js';
import { checkVideo, submitVideo } from './compatible-video.js';
import { configuredModels, IMAGE_MODELS, VIDEO_MODELS } from './configured-models.js';
import { prepareCompatible } from './prepare-compatible.js';
import { recoverVideo } from './recover-video.js';

/**
 * Any upstream that speaks OpenAI's Images or Videos API: pictures come with the answer to their submit,
 * films are jobs. Its address and its models are the operator's to name.
 */
export const openaiCompatible: Provider = {
  id: 'openai-compatible',
  title: 'OpenAI-compatible',
  models: [],
  configuredModels,
  environment: {
    credential: 'OPENAI_COMPATIBLE_API_KEY',
    baseUrl: { variable: 'OPENAI_COMPATIBLE_BASE_URL' },
    settings: [
      { name: 'imageModels', variable: IMAGE_MODELS, default: '' },
      { name: 'videoModels', variable: VIDEO_MODELS, default: '' },
    ],
    prefix: 'OPENAI_COMPATIBLE',
  },
  /** Of films; pictures say otherwise. */
  submitSafety: 'findable',
  limits: { inFlight: 50, submitsPerSecond: 5, checksPerSecond: 20 },
  prepare: prepareCompatible,
  submit: async (request, context) =>
    'video' in request ? await submitVideo(request, context) : await submitImage(request, context),
  check: checkVideo,
  recover: recoverVideo,
  probe: async (context) => await probeModels(context, TITLE),
};

async function submitImage(request: JsonObject, context: SubmitContext): Promise<Submitted> {
  const answer = await callImages(context, TITLE, request);
  if (answer.status !== 200 && answer.status !== 201) throw openaiWireError(answer);
  const made = readImages(answer, request);
  const usage = { unit: 'image', quantity: made.outputs.length, costNanoUsd: null } as const;
  return { state: 'done', ...made, usage };
}
