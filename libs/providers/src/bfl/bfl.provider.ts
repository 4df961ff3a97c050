import { numberAt, objectAt, textAt } from '../json.js';
import type {
  Checked,
  JsonObject,
  Provider,
  ProviderContext,
  SubmitContext,
  Submitted,
} from '../provider.js';
import { unreadable } from '../refusal.js';
import { callVendor } from '../vendor-call.js';
import { bflError } from './bfl-error.js';
import { readFluxHook } from './bfl-hook.js';
import { isUnknownJob, readFluxJob, unknownJob } from './bfl-job.js';
import { estimateFluxNanoUsd, nanoUsdOfCredits } from './bfl-price.js';
import { fluxModels } from './bfl.models.js';
import { pollingUrlOf } from './polling-url.js';
import { prepareFlux } from './prepare-flux.js';

const TITLE = 'Black Forest Labs';

/** FLUX: one picture a job; a job is asked for at the address that its submit answered. */
export const bfl: Provider = {
  id: 'bfl',
  title: TITLE,
  models: fluxModels,
  environment: {
    credential: 'BFL_API_KEY',
    baseUrl: { variable: 'BFL_BASE_URL', default: 'https://api.bfl.ai/v1' },
    prefix: 'BFL',
  },
  submitSafety: 'hook-correlates',
  limits: { inFlight: 24, submitsPerSecond: 10, checksPerSecond: 50 },
  prepare: prepareFlux,
  submit,
  check,
  probe,
  readHook: readFluxHook,
};

/**
 * The webhook's address names the submit, so that a lost answer still tells its job. An answer to a
 * submit with a webhook may lack the address to ask at; the vendor's general one serves then.
 */
async function submit(request: JsonObject, context: SubmitContext): Promise<Submitted> {
  const model = textAt(request, 'model') ?? '';
  const body = objectAt(request, 'body');
  const answer = await callVendor(context, {
    vendor: TITLE,
    method: 'POST',
    url: `${context.baseUrl}/${encodeURIComponent(model)}`,
    headers: (key) => ({ 'x-key': key }),
    body: context.hookUrl === null ? body : { ...body, webhook_url: context.hookUrl },
  });
  if (answer.status !== 200) throw bflError(answer);
  const id = textAt(answer.body, 'id');
  if (id === undefined) throw unreadable(answer, 'a job id');
  const handle = {
    id,
    pollingUrl: pollingUrlOf(textAt(answer.body, 'polling_url'), id, context.baseUrl),
    costNanoUsd: costOf(answer.body, model, body),
  };
  return { state: 'accepted', handle, vendorId: id };
}

/**
 * What the vendor says it costs, in credits; else what the table says about that size. An edit by
 * FLUX.2 has no such price: what goes in is charged too, and the table's figure is only the least.
 */
function costOf(answer: unknown, model: string, body: JsonObject): number | null {
  const told = nanoUsdOfCredits(numberAt(answer, 'cost'));
  if (told !== undefined) return told;
  if (model.startsWith('flux-2') && 'input_image' in body) return null;
  const [width, height] = [numberAt(body, 'width'), numberAt(body, 'height')];
  const size = width === undefined || height === undefined ? undefined : { width, height };
  return estimateFluxNanoUsd(model, { size, pictures: 0 });
}

async function check(handle: JsonObject, context: ProviderContext): Promise<Checked> {
  const id = textAt(handle, 'id') ?? '';
  const url = pollingUrlOf(textAt(handle, 'pollingUrl'), id, context.baseUrl);
  const answer = await callVendor(context, {
    vendor: TITLE,
    method: 'GET',
    url,
    headers: (key) => ({ 'x-key': key }),
  });
  if (isUnknownJob(answer)) throw unknownJob();
  if (answer.status !== 200) throw bflError(answer);
  const status = textAt(answer.body, 'status') ?? textAt(answer.body, 'state');
  if (status === undefined) throw unreadable(answer, 'a status');
  return readFluxJob(status, answer, numberAt(handle, 'costNanoUsd') ?? null);
}

/** The balance, which only a good key is told. */
async function probe(context: ProviderContext): Promise<void> {
  const answer = await callVendor(context, {
    vendor: TITLE,
    method: 'GET',
    url: `${context.baseUrl}/credits`,
    headers: (key) => ({ 'x-key': key }),
  });
  if (answer.status !== 200) throw bflError(answer);
}
