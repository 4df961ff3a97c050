import { failedJob } from '../failed-job.js';
import { numberAt, objectAt, present, textAt } from '../json.js';
import { isModerationCode, openaiWireError } from '../openai-wire-error.js';
import { openaiWireForm } from '../openai-wire-form.js';
import type {
  Checked,
  JsonObject,
  ProviderContext,
  SubmitContext,
  Submitted,
} from '../provider.js';
import { unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { callCompatible, videoPath } from './compatible-call.js';
import { downloadContent } from './video-content.js';
import { DEFAULT_SECONDS } from './video-model.js';

/** Always as a form: it is what OpenAI's own clients send, and so what is imitated. */
export async function submitVideo(request: JsonObject, context: SubmitContext): Promise<Submitted> {
  const video = objectAt(request, 'video');
  const answer = await callCompatible(context, {
    method: 'POST',
    path: '/videos',
    form: openaiWireForm(video, ['input_reference']),
  });
  if (!isSuccess(answer)) throw openaiWireError(answer);
  const id = textAt(answer.body, 'id');
  if (id === undefined) throw unreadable(answer, 'a job id');
  return { state: 'accepted', handle: handleOf(id, video), vendorId: id };
}

/** What a job is looked at by; `seconds` is what to count when the upstream does not say. */
export function handleOf(id: string, video: JsonObject): JsonObject {
  return present({ id, seconds: textAt(video, 'seconds') });
}

export async function checkVideo(handle: JsonObject, context: ProviderContext): Promise<Checked> {
  const path = videoPath(textAt(handle, 'id') ?? '');
  const answer = await callCompatible(context, { method: 'GET', path });
  if (!isSuccess(answer)) throw openaiWireError(answer);
  const status = textAt(answer.body, 'status');
  if (status === undefined) throw unreadable(answer, 'a status');
  switch (OUTCOME.get(status)) {
    case 'done': {
      const output = await downloadContent(path, context);
      if (output === 'too-large')
        return failedJob(answer, { message: TOO_LARGE, mayBeCharged: true });
      const quantity = secondsIn(answer, handle);
      const usage = { unit: 'second', quantity, costNanoUsd: null } as const;
      return { state: 'done', outputs: [output], usage };
    }
    case 'failed':
      return failedVideo(answer, status);
    case undefined:
      return { state: 'running', ...progressIn(answer) };
  }
}

const TOO_LARGE = 'the film cannot be had: it is larger than this gateway takes';

const isSuccess = ({ status }: VendorAnswer): boolean => status >= 200 && status < 300;

/** OpenAI's own words, and those of the upstreams that have others. Every other word still runs. */
const OUTCOME: ReadonlyMap<string, 'done' | 'failed'> = new Map([
  ['completed', 'done'],
  ['succeeded', 'done'],
  ['failed', 'failed'],
  ['cancelled', 'failed'],
  ['canceled', 'failed'],
  ['expired', 'failed'],
]);

function failedVideo(answer: VendorAnswer, status: string): Checked {
  const code = textAt(answer.body, 'error', 'code');
  const isRefused = isModerationCode(code) || /moderation|content_policy/.test(code ?? '');
  return failedJob(answer, {
    code: isRefused ? 'CONTENT_REJECTED' : 'TASK_FAILED',
    message: textAt(answer.body, 'error', 'message') ?? 'the job ended without a film or a reason',
    providerCode: code ?? status,
    retryable: !isRefused,
  });
}

function secondsIn(answer: VendorAnswer, handle: JsonObject): number {
  const told = numberAt(answer.body, 'seconds') ?? Number(textAt(answer.body, 'seconds'));
  if (told > 0) return told;
  return Number(textAt(handle, 'seconds') ?? DEFAULT_SECONDS);
}

function progressIn(answer: VendorAnswer): { readonly progress?: number } {
  const progress = numberAt(answer.body, 'progress');
  return progress === undefined || progress < 0 || progress > 100 ? {} : { progress };
}
