import { listAt, nonEmpty, textAt } from '../json.js';
import type {
  JsonObject,
  Provider,
  ProviderContext,
  Submitted,
  VendorOutput,
} from '../provider.js';
import { unreadable } from '../refusal.js';
import { callVendor } from '../vendor-call.js';
import { openaiError } from './openai-error.js';
import { readOpenaiUsage } from './openai-price.js';
import { gptImage2 } from './openai.models.js';
import { prepareOpenaiImage } from './prepare-openai-image.js';

const TITLE = 'OpenAI';

/** OpenAI's Images API answers the submit with the pictures themselves: no job, nothing to check. */
export const openai: Provider = {
  id: 'openai',
  title: TITLE,
  models: [gptImage2],
  environment: {
    credential: 'OPENAI_API_KEY',
    baseUrl: { variable: 'OPENAI_BASE_URL', default: 'https://api.openai.com/v1' },
    prefix: 'OPENAI',
  },
  submitSafety: 'none',
  limits: { inFlight: 100, submitsPerSecond: 10, checksPerSecond: 100 },
  prepare: prepareOpenaiImage,
  submit,
};

async function submit(request: JsonObject, context: ProviderContext): Promise<Submitted> {
  const answer = await callVendor(context, {
    vendor: TITLE,
    method: 'POST',
    url: `${context.baseUrl}/images/generations`,
    headers: (key) => ({ authorization: `Bearer ${key}` }),
    body: request,
  });
  if (answer.status !== 200) throw openaiError(answer);
  const items = listAt(answer.body, 'data');
  const pictures = items.map(readPicture).filter((picture) => picture !== undefined);
  const outputs = nonEmpty(pictures);
  if (!outputs || pictures.length < items.length)
    throw unreadable(answer, 'a picture in every item');
  return { state: 'done', outputs, usage: readOpenaiUsage(answer.body, outputs.length) };
}

/** How long the links lived that the retired models answered; OpenAI-compatible servers copy them. */
const LINK_LIFE_MS = 60 * 60 * 1000;

function readPicture(item: unknown): VendorOutput | undefined {
  const bytes = Buffer.from(textAt(item, 'b64_json') ?? '', 'base64');
  if (bytes.length > 0) return { from: 'bytes', bytes };
  const url = textAt(item, 'url');
  return url === undefined ? undefined : { from: 'url', url, expiresAt: Date.now() + LINK_LIFE_MS };
}
