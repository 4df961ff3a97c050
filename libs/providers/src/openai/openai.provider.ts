import { textAt } from '../json.js';
import { openaiWireError } from '../openai-wire-error.js';
import { callImages, readImages } from '../openai-wire-images.js';
import { probeModels } from '../openai-wire-models.js';
import type { JsonObject, Provider, ProviderContext, Submitted } from '../provider.js';
import { readOpenaiUsage } from './openai-price.js';
import { openaiModels } from './openai.models.js';
import { prepareOpenaiImage } from './prepare-openai-image.js';

const TITLE = 'OpenAI';

/** OpenAI's Images API answers the submit with the pictures themselves: no job, nothing to check. */
export const openai: Provider = {
  id: 'openai',
  title: TITLE,
  models: openaiModels,
  environment: {
    credential: 'OPENAI_API_KEY',
    baseUrl: { variable: 'OPENAI_BASE_URL', default: 'https://api.openai.com/v1' },
    prefix: 'OPENAI',
  },
  submitSafety: 'none',
  limits: { inFlight: 100, submitsPerSecond: 10, checksPerSecond: 100 },
  prepare: prepareOpenaiImage,
  submit,
  probe: async (context) => await probeModels(context, TITLE),
};

async function submit(request: JsonObject, context: ProviderContext): Promise<Submitted> {
  const answer = await callImages(context, TITLE, request);
  if (answer.status !== 200) throw openaiWireError(answer);
  const made = readImages(answer, request);
  const pricedAs = textAt(request, 'model') ?? '';
  return {
    state: 'done',
    ...made,
    usage: readOpenaiUsage(answer.body, made.outputs.length, pricedAs),
  };
}
