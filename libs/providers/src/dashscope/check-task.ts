import { createHash } from 'node:crypto';
import { ProviderError } from '@app/errors';
import { failedJob } from '../failed-job.js';
import { listAt, numberAt, textAt } from '../json.js';
import type { Checked, JsonObject, ProviderContext } from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { callDashscope, DASHSCOPE_TITLE, RESULT_LIFE_MS } from './dashscope-call.js';
import { isUnfetched, kindOfCode } from './dashscope-error.js';
import { filmUsage } from './dashscope-price.js';
import { readFilmFacts } from './read-film-facts.js';
import { readPictures, toldFailures } from './read-pictures.js';
import { hasInternationalPrices } from './region.js';
import { readSize } from './submit-job.js';

/** How a task is, of films and of pictures alike; one that failed answers HTTP 200. @throws ProviderError */
export async function checkTask(handle: JsonObject, context: ProviderContext): Promise<Checked> {
  const taskId = encodeURIComponent(textAt(handle, 'taskId') ?? '');
  const answer = await callDashscope(context, { method: 'GET', path: `/tasks/${taskId}` });
  const status = textAt(answer.body, 'output', 'task_status');
  switch (status) {
    case undefined:
      throw unreadable(answer, 'a task status');
    case 'SUCCEEDED':
      return readSuccess(answer, handle, context);
    case 'FAILED':
      return readFailure(answer);
    case 'CANCELED':
      return failedJob(answer, { message: 'the task was canceled there' });
    case 'UNKNOWN':
      throw unknownTask();
    default:
      return { state: 'running' };
  }
}

/**
 * The vendor has no such task: a replica that lags, or one that is over for 24 hours. It says so with HTTP
 * 200; told as the 404 that it means, so that the engine waits out a lag and then gives the job up.
 */
function unknownTask(): ProviderError {
  return new ProviderError(`${DASHSCOPE_TITLE} does not know the task, or does not know it yet`, {
    accepted: 'no',
    retryable: true,
    status: 404,
  });
}

function readSuccess(answer: VendorAnswer, handle: JsonObject, context: ProviderContext): Checked {
  if (isAnothers(answer, handle)) {
    const message = 'the task that was found after a lost submit turned out to be another one';
    return failedJob(answer, { message, retryable: true });
  }
  const film = textAt(answer.body, 'output', 'video_url');
  if (film !== undefined) return readFilm(film, answer, handle, context);
  const asked = {
    model: textAt(handle, 'model') ?? '',
    n: 1,
    given: 0,
    size: readSize(textAt(handle, 'size')),
  };
  const done = readPictures(answer, asked, context);
  if (done) return done;
  const [failure] = toldFailures(answer);
  if (!failure) throw unreadable(answer, 'the link to the result');
  return { state: 'failed', retryable: false, ...failure };
}

/** A job that was found again without its prompt is compared now: another's result is never handed out. */
function isAnothers(answer: VendorAnswer, handle: JsonObject): boolean {
  const [asked, made] = [textAt(handle, 'promptHash'), promptOf(answer.body)];
  return asked !== undefined && made !== undefined && asked !== hashOfPrompt(made);
}

/** A handle outlives the task's input when that is deleted, so it never holds the words themselves. */
export const hashOfPrompt = (prompt: string): string =>
  createHash('sha256').update(prompt).digest('hex');

/** The prompt that a finished task was given; pictures show it one by one. */
export function promptOf(body: unknown): string | undefined {
  const ofPictures = listAt(body, 'output', 'results').map((one) => textAt(one, 'orig_prompt'));
  return textAt(body, 'output', 'orig_prompt') ?? ofPictures.find((prompt) => prompt !== undefined);
}

function readFilm(
  url: string,
  answer: VendorAnswer,
  handle: JsonObject,
  context: ProviderContext,
): Checked {
  const told = readFilmFacts(answer.body);
  const seconds = told.billedSeconds ?? numberAt(handle, 'duration') ?? 0;
  const resolution = told.resolution ?? textAt(handle, 'resolution');
  const usage = filmUsage(textAt(handle, 'model'), seconds, resolution);
  return {
    state: 'done',
    outputs: [{ from: 'url', url, expiresAt: Date.now() + RESULT_LIFE_MS }],
    usage: {
      ...(hasInternationalPrices(context.baseUrl) ? usage : { ...usage, costNanoUsd: null }),
      ...(told.billedSeconds === undefined && { isEstimated: true }),
    },
  };
}

function readFailure(answer: VendorAnswer): Checked {
  const providerCode = textAt(answer.body, 'output', 'code');
  const message = textAt(answer.body, 'output', 'message');
  const kind = kindOfCode(providerCode, message);
  const isPassing =
    kind === 'throttled' ||
    (kind === undefined && /^(InternalError|SystemError|Model)/.test(providerCode ?? ''));
  return failedJob(answer, {
    code: isUnfetched(providerCode, message) ? 'INPUT_UNAVAILABLE' : CODE_OF[kind ?? 'broken'],
    message: message ?? 'the task failed without a reason',
    providerCode,
    retryable: isPassing,
  });
}

const CODE_OF = {
  content: 'CONTENT_REJECTED',
  account: 'MODEL_UNAVAILABLE',
  missing: 'MODEL_UNAVAILABLE',
  throttled: 'TASK_FAILED',
  request: 'TASK_FAILED',
  broken: 'TASK_FAILED',
} as const;
