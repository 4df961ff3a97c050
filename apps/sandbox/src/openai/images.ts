import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder } from '../directions/order.js';
import { loseAnswerIfDirected, refuseIfDirected } from '../directions/submit-faults.js';
import { readText } from '../fields.js';
import { judgePictures } from './edit-pictures.js';
import { readEditRequest } from './edit-request.js';
import { playStream } from './event-stream.js';
import { imageAnswer } from './image-answer.js';
import { EDIT_BODY, IMAGE_BODY } from './image-body.js';
import { IMAGE_FAULTS, readImageJob, type ImageJob } from './image-job.js';
import { imageScript } from './image-stream.js';
import { checkedBody } from './openai-body.js';
import { broken, busy, moderationBlocked } from './openai-error.js';
import type { OpenAiState } from './openai-state.js';
import { sendAnswer } from './send-answer.js';

/** `POST /images/generations`: the pictures come in the answer itself, as base64. */
export async function generateImages(
  state: OpenAiState,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const body = checkedBody(request.body, IMAGE_BODY);
  const job = readImageJob(body, null);
  await make(state, { job, prompt: readText(body, 'prompt'), id: request.id }, reply);
}

/** `POST /images/edits`: the same with pictures to begin from, as a form or as JSON. */
export async function editImages(
  state: OpenAiState,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { fields, pictures, mask } = await readEditRequest(request);
  const body = checkedBody(fields, EDIT_BODY);
  const job = readImageJob(body, judgePictures(pictures, mask));
  await make(state, { job, prompt: readText(body, 'prompt'), id: request.id }, reply);
}

async function make(
  state: OpenAiState,
  { job, prompt, id }: { readonly job: ImageJob; readonly prompt: string; readonly id: string },
  reply: FastifyReply,
): Promise<void> {
  const order = takeOrder(state, prompt, { faults: IMAGE_FAULTS, delayMs: state.delayMs });
  refuseIfDirected(order, { busy, broken });
  if (order.shows('moderated')) throw moderationBlocked();
  state.submits.add({ provider: state.provider, model: job.model, vendorId: id, prompt });
  if (loseAnswerIfDirected(order, reply)) return;
  if (job.partialImages === null) {
    await sendAnswer(state, reply, { order, body: () => imageAnswer(job, order, state.now()) });
    return;
  }
  // A stream spreads the work over what it shows on the way; with nothing to show it just takes its time.
  if (job.partialImages === 0) await state.work(order.workMs);
  await playStream(state, reply, { order, script: imageScript(job, order, state.now()) });
}
