import { numberAt, objectAt, textAt } from '../json.js';
import type { Checked, JsonObject, Provider, ProviderContext, Submitted } from '../provider.js';
import { unreadable } from '../refusal.js';
import { callVendor, type VendorAnswer } from '../vendor-call.js';
import { accessTokens } from './access-token.js';
import { prepareVeo } from './prepare-veo.js';
import { readVeoOperation, type VeoOrder } from './veo-operation.js';
import { usagePerFilm } from './veo-price.js';
import { veoModels } from './veo.models.js';
import { vertexError } from './vertex-error.js';

const TITLE = 'Google Vertex AI';

/** Veo, as a long-running operation whose answer holds the films' bytes. */
export const vertex: Provider = {
  id: 'vertex',
  title: TITLE,
  models: veoModels,
  environment: {
    credential: 'VERTEX_ACCESS_TOKEN',
    baseUrl: {
      variable: 'VERTEX_BASE_URL',
      default: 'https://{location}-aiplatform.googleapis.com',
    },
    settings: [
      { name: 'project', variable: 'VERTEX_PROJECT' },
      { name: 'location', variable: 'VERTEX_LOCATION', default: 'us-central1' },
    ],
    prefix: 'VERTEX',
    exchange: { variable: 'GOOGLE_APPLICATION_CREDENTIALS', credential: accessTokens },
  },
  submitSafety: 'none',
  // 50 requests a minute a model, by the vendor's page of Veo 3.1.
  limits: { inFlight: 50, submitsPerSecond: 0.8, checksPerSecond: 50 },
  prepare: prepareVeo,
  submit,
  check,
};

async function submit(request: JsonObject, context: ProviderContext): Promise<Submitted> {
  const model = textAt(request, 'model') ?? '';
  const body = objectAt(request, 'body');
  const answer = await post(context, `${model}:predictLongRunning`, body);
  const operation = textAt(answer.body, 'name');
  if (operation === undefined) throw unreadable(answer, 'an operation name');
  const parameters = objectAt(body, 'parameters');
  const perFilm = usagePerFilm(model, parameters);
  const handle = {
    operation,
    model,
    films: numberAt(parameters, 'sampleCount') ?? 1,
    seconds: perFilm.quantity,
    costNanoUsdPerFilm: perFilm.costNanoUsd,
  };
  return { state: 'accepted', handle, vendorId: operation.slice(operation.lastIndexOf('/') + 1) };
}

async function check(handle: JsonObject, context: ProviderContext): Promise<Checked> {
  const model = textAt(handle, 'model') ?? '';
  const answer = await post(context, `${model}:fetchPredictOperation`, {
    operationName: textAt(handle, 'operation') ?? '',
  });
  return readVeoOperation(answer, orderOf(handle));
}

function orderOf(handle: JsonObject): VeoOrder {
  const quantity = numberAt(handle, 'seconds') ?? 0;
  const costNanoUsd = numberAt(handle, 'costNanoUsdPerFilm') ?? null;
  return {
    films: numberAt(handle, 'films') ?? null,
    perFilm: { unit: 'second', quantity, costNanoUsd },
  };
}

/** Both calls are a POST to the model; the vendor asks for the operation's name in the body. */
async function post(
  context: ProviderContext,
  call: string,
  body: JsonObject,
): Promise<VendorAnswer> {
  const project = encodeURIComponent(context.settings['project'] ?? '');
  const location = encodeURIComponent(context.settings['location'] ?? '');
  const models = `/v1/projects/${project}/locations/${location}/publishers/google/models`;
  const answer = await callVendor(context, {
    vendor: TITLE,
    method: 'POST',
    url: `${context.baseUrl}${models}/${call}`,
    headers: (token) => ({ authorization: `Bearer ${token}` }),
    body,
  });
  if (answer.status !== 200) throw vertexError(answer);
  return answer;
}
