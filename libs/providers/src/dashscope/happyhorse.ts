import { failedJob } from '../failed-job.js';
import { withDefaults } from '../input-defaults.js';
import { numberAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import { priceOf } from '../prices.js';
import type {
  Checked,
  JsonObject,
  MediaSlot,
  Prepared,
  ProviderContext,
  Submitted,
  Usage,
} from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { callDashscope, RESULT_LIFE_MS } from './dashscope-call.js';
import { isModerationCode } from './dashscope-error.js';

/** Everything is said outright: the vendor's own default would put its watermark on the film. */
export function prepareHappyhorse(input: JsonObject, model: Model): Prepared {
  const filled = withDefaults(input, model);
  const prompt = textAt(filled, 'prompt') ?? '';
  const weight = promptWeight(prompt);
  if (weight > MAX_PROMPT_WEIGHT) return { ok: false, issues: [tooLong(weight)] };
  const source = textAt(input, 'first_frame_url');
  if (source !== undefined && input['aspect_ratio'] !== undefined) {
    return { ok: false, issues: [SHAPED_TWICE] };
  }
  const resolution = textAt(filled, 'resolution')?.toUpperCase();
  const duration = numberAt(filled, 'duration');
  const parameters = present({
    resolution,
    ratio: source === undefined ? textAt(filled, 'aspect_ratio') : undefined,
    duration,
    watermark: filled['watermark'],
    seed: numberAt(filled, 'seed'),
  });
  const estimate = usageOf(duration ?? 0, resolution);
  if (source === undefined) {
    return {
      ok: true,
      request: { model: model.vendorModel, input: { prompt }, parameters },
      estimate,
    };
  }
  const media = [{ type: 'first_frame', url: null }];
  return {
    ok: true,
    request: { model: FROM_PICTURE, input: { prompt, media }, parameters },
    estimate,
    media: [firstFrame(source)],
  };
}

/** The vendor has a model of its own for films that begin with a picture; its prices are the same. */
const FROM_PICTURE = 'happyhorse-1.0-i2v';
/** The vendor's limit: JPEG, PNG or WebP, at least 300 pixels an edge, 1:2.5 to 2.5:1. */
const MAX_PICTURE_BYTES = 10 * 1000 * 1000;

const SHAPED_TWICE = {
  path: 'input.aspect_ratio',
  message: 'the film has the shape of first_frame_url; leave aspect_ratio out',
};

function firstFrame(source: string): MediaSlot {
  return {
    at: '/input/media/0/url',
    field: 'input.first_frame_url',
    source,
    kind: 'image',
    as: 'data-url',
    maxBytes: MAX_PICTURE_BYTES,
  };
}

export async function submitHappyhorse(
  request: JsonObject,
  context: ProviderContext,
): Promise<Submitted> {
  const answer = await callDashscope(context, {
    method: 'POST',
    path: '/services/aigc/video-generation/video-synthesis',
    body: request,
    asTask: true,
  });
  const taskId = textAt(answer.body, 'output', 'task_id');
  if (taskId === undefined) throw unreadable(answer, 'a task id');
  return { state: 'accepted', handle: handleOfFilm(taskId, request), vendorId: taskId };
}

/** What a check needs to know of a task: its id, and what to charge where the answer does not say. */
export function handleOfFilm(taskId: string, request: JsonObject): JsonObject {
  return present({
    taskId,
    resolution: textAt(request, 'parameters', 'resolution'),
    duration: numberAt(request, 'parameters', 'duration'),
  });
}

/** A failed task answers HTTP 200; `UNKNOWN` may be a replica that lags, so it counts as running. */
export async function checkHappyhorse(
  handle: JsonObject,
  context: ProviderContext,
): Promise<Checked> {
  const taskId = encodeURIComponent(textAt(handle, 'taskId') ?? '');
  const answer = await callDashscope(context, { method: 'GET', path: `/tasks/${taskId}` });
  const status = textAt(answer.body, 'output', 'task_status');
  if (status === undefined) throw unreadable(answer, 'a task status');
  if (status === 'SUCCEEDED') return readFilm(answer, handle);
  if (status === 'FAILED') return readFailure(answer);
  if (status === 'CANCELED') return failedJob(answer, { message: 'the task was canceled there' });
  return { state: 'running' };
}

/** A job that was found again without its prompt is compared now: another's film is never handed out. */
function isAnothers(answer: VendorAnswer, handle: JsonObject): boolean {
  const [asked, made] = [textAt(handle, 'prompt'), textAt(answer.body, 'output', 'orig_prompt')];
  return asked !== undefined && made !== undefined && asked !== made;
}

function readFilm(answer: VendorAnswer, handle: JsonObject): Checked {
  if (isAnothers(answer, handle)) {
    const message = 'the task that was found after a lost submit turned out to be another one';
    return failedJob(answer, { message, retryable: true });
  }
  const url = textAt(answer.body, 'output', 'video_url');
  if (url === undefined) throw unreadable(answer, 'the link to the film');
  const seconds = numberAt(answer.body, 'usage', 'duration') ?? numberAt(handle, 'duration') ?? 0;
  const lines = numberAt(answer.body, 'usage', 'SR');
  const resolution = lines === undefined ? textAt(handle, 'resolution') : `${lines}P`;
  const output = { from: 'url', url, expiresAt: Date.now() + RESULT_LIFE_MS } as const;
  return { state: 'done', outputs: [output], usage: usageOf(seconds, resolution) };
}

function readFailure(answer: VendorAnswer): Checked {
  const providerCode = textAt(answer.body, 'output', 'code');
  return failedJob(answer, {
    code: isModerationCode(providerCode) ? 'CONTENT_REJECTED' : 'TASK_FAILED',
    message: textAt(answer.body, 'output', 'message') ?? 'the task failed without a reason',
    providerCode,
    retryable:
      /^(InternalError|SystemError|ModelServiceFailed)/.test(providerCode ?? '') &&
      !isModerationCode(providerCode),
  });
}

function usageOf(seconds: number, resolution: string | undefined): Usage {
  const perSecond = priceOf('happyhorse-1.0', 'second', { resolution: resolution ?? '' });
  const costNanoUsd = perSecond === null || seconds <= 0 ? null : Math.round(perSecond * seconds);
  return { unit: 'second', quantity: seconds, costNanoUsd };
}

const MAX_PROMPT_WEIGHT = 5000;

/** The vendor cuts a prompt silently at 5000 characters, or 2500 of the scripts that weigh double. */
function promptWeight(prompt: string): number {
  const heavy =
    prompt.match(/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}]/gu)?.length ?? 0;
  return Array.from(prompt).length + heavy;
}

function tooLong(weight: number) {
  const message =
    `The prompt weighs ${weight} characters; the vendor takes ${MAX_PROMPT_WEIGHT}, ` +
    'where a Chinese, Japanese or Korean one counts twice';
  return { path: 'input.prompt', message };
}
