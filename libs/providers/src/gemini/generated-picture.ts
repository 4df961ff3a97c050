import { at, listAt, nonEmpty, objectAt, textAt } from '../json.js';
import type { JsonObject, ProviderContext, Submitted, VendorOutput } from '../provider.js';
import { refusal, unreadable } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';
import { callGemini } from './gemini-call.js';
import { pictureUsage } from './gemini-price.js';

/** `generateContent` answers the submit with the picture itself: no job, nothing to check. */
export async function submitPicture(
  request: JsonObject,
  context: ProviderContext,
): Promise<Submitted> {
  const model = textAt(request, 'model') ?? '';
  const answer = await callGemini(context, {
    method: 'POST',
    path: `models/${encodeURIComponent(model)}:generateContent`,
    body: objectAt(request, 'body'),
  });
  const outputs = nonEmpty(picturesOf(answer.body));
  if (!outputs) throw withoutPicture(answer);
  return { state: 'done', outputs, usage: pictureUsage(model, answer.body, outputs.length) };
}

/** Sketches on the way (`thought`) are no results. */
function picturesOf(body: unknown): readonly VendorOutput[] {
  return listAt(body, 'candidates')
    .flatMap((candidate) => listAt(candidate, 'content', 'parts'))
    .filter((part) => at(part, 'thought') !== true)
    .map((part) => Buffer.from(textAt(part, 'inlineData', 'data') ?? '', 'base64'))
    .filter((bytes) => bytes.length > 0)
    .map((bytes) => ({ from: 'bytes', bytes }));
}

/**
 * A 200 without a picture: the prompt or the picture was refused, or the model made none; only an
 * answer that says nothing at all leaves it open. FinishReason and BlockedReason of the vendor's API.
 */
function withoutPicture(answer: VendorAnswer): Error {
  const { body } = answer;
  const blocked = textAt(body, 'promptFeedback', 'blockReason');
  const finish = textAt(body, 'candidates', 0, 'finishReason');
  const told =
    textAt(body, 'promptFeedback', 'blockReasonMessage') ??
    textAt(body, 'candidates', 0, 'finishMessage') ??
    textAt(body, 'candidates', 0, 'content', 'parts', 0, 'text') ??
    'it made no picture';
  const code = blocked ?? finish;
  if (code === undefined) throw unreadable(answer, 'a picture');
  const isRefused = blocked !== undefined || REFUSED.has(code);
  return refusal(answer, isRefused ? 'content' : 'request', { code, message: told });
}

const REFUSED: ReadonlySet<string> = new Set([
  'SAFETY',
  'RECITATION',
  'BLOCKLIST',
  'PROHIBITED_CONTENT',
  'SPII',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
  'NO_IMAGE',
]);
