import { createHash } from 'node:crypto';
import { failedJob } from '../failed-job.js';
import { at, listAt, numberAt, present, textAt } from '../json.js';
import type {
  Checked,
  JsonObject,
  ProviderContext,
  SubmitContext,
  Submitted,
} from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { callArk, LINK_LIFE_MS } from './ark-call.js';
import { faultAt, isModerationCode } from './ark-error.js';
import { vendorModelAt } from './ark-platform.js';
import { filmUsage } from './ark-price.js';

const TASKS_PATH = '/contents/generations/tasks';

/** Of one task. */
export const taskPath = (handle: JsonObject): string =>
  `${TASKS_PATH}/${encodeURIComponent(textAt(handle, 'id') ?? '')}`;

/**
 * After this the vendor gives up what it has not finished: a day, the longest that a film is worth waiting
 * for, where the vendor's own figure is two. It takes 3600 to 259200 seconds.
 */
const EXPIRES_AFTER_SECONDS = 86_400;

export async function submitSeedance(
  request: JsonObject,
  context: SubmitContext,
): Promise<Submitted> {
  const model = textAt(request, 'model') ?? '';
  const answer = await callArk(context, {
    method: 'POST',
    path: TASKS_PATH,
    requestId: context.attemptId,
    body: {
      ...request,
      model: vendorModelAt(context.baseUrl, model),
      execution_expires_after: EXPIRES_AFTER_SECONDS,
      safety_identifier: tagOf(context.attemptId),
      ...(context.hookUrl === null ? {} : { callback_url: context.hookUrl }),
    },
  });
  const id = textAt(answer.body, 'id');
  if (id === undefined) throw unreadable(answer, 'a task id');
  return { state: 'accepted', handle: handleOf(id, request), vendorId: id };
}

/** The attempt in a form that tells the vendor nothing, and by which an operator finds its task there. */
const tagOf = (attemptId: string): string =>
  createHash('sha256').update(attemptId).digest('hex').slice(0, 32);

/** What to charge by, beside what the answers say. */
function handleOf(id: string, request: JsonObject): JsonObject {
  const hasFilm = listAt(request, 'content').some((part) => textAt(part, 'type') === 'video_url');
  return present({
    id,
    model: textAt(request, 'model'),
    resolution: textAt(request, 'resolution'),
    sound: request['generate_audio'] === true,
    videoIn: hasFilm,
  });
}

export async function checkSeedance(
  handle: JsonObject,
  context: ProviderContext,
): Promise<Checked> {
  const answer = await callArk(context, { method: 'GET', path: taskPath(handle) });
  const status = textAt(answer.body, 'status');
  switch (status) {
    case undefined:
      throw unreadable(answer, 'a status');
    case 'succeeded':
      return readFilm(answer, handle, context.baseUrl);
    case 'failed':
      return readFailure(answer);
    case 'cancelled':
    case 'canceled':
      return failedJob(answer, { message: 'the task was canceled there', providerCode: status });
    case 'expired':
      return failedJob(answer, {
        message: 'the task was given up there, because it had waited too long',
        providerCode: status,
        retryable: true,
      });
    default:
      return { state: 'running' };
  }
}

/** A handle that came by a callback knows the id alone; the answer says most of what the price depends on. */
function readFilm(answer: VendorAnswer, handle: JsonObject, baseUrl: string): Checked {
  const url = textAt(answer.body, 'content', 'video_url');
  if (url === undefined) throw unreadable(answer, 'the link to the film');
  const tokens =
    numberAt(answer.body, 'usage', 'completion_tokens') ??
    numberAt(answer.body, 'usage', 'total_tokens') ??
    0;
  const usage = filmUsage(
    tokens,
    {
      vendorModel: textAt(handle, 'model') ?? textAt(answer.body, 'model') ?? '',
      resolution: textAt(answer.body, 'resolution')?.toLowerCase() ?? textAt(handle, 'resolution'),
      sound: flagAt(answer.body, 'generate_audio') ?? flagAt(handle, 'sound'),
      videoIn: flagAt(handle, 'videoIn'),
    },
    baseUrl,
  );
  return {
    state: 'done',
    outputs: [{ from: 'url', url, expiresAt: Date.now() + LINK_LIFE_MS }],
    usage,
  };
}

/** Some parameters are only judged once the task runs: a failed task, and its code the vendor's. */
function readFailure(answer: VendorAnswer): Checked {
  const { code, message } = faultAt(answer.body, 'error');
  return failedJob(answer, {
    code: isModerationCode(code) ? 'CONTENT_REJECTED' : 'TASK_FAILED',
    message: message ?? 'the task failed without a reason',
    providerCode: code,
    retryable: /^(Internal|ServerOverloaded|ModelService)/.test(code ?? ''),
  });
}

function flagAt(value: unknown, name: string): boolean | undefined {
  const found = at(value, name);
  return typeof found === 'boolean' ? found : undefined;
}
