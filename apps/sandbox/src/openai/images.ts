import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder } from '../directions/order.js';
import {
  loseAnswerIfDirected,
  refuseIfDirected,
  SUBMIT_FAULTS,
} from '../directions/submit-faults.js';
import { readText } from '../fields.js';
import type { SandboxState } from '../state.js';
import { imageAnswer } from './image-answer.js';
import { IMAGE_BODY } from './image-body.js';
import { readImageJob } from './image-job.js';
import { checkedBody } from './openai-body.js';
import { broken, busy, moderationBlocked } from './openai-error.js';
import { sendAnswer } from './send-answer.js';

const IMAGE_FAULTS = [
  ...SUBMIT_FAULTS,
  'moderated',
  'fail',
  'truncated-output',
  'html-output',
] as const;

/** `POST /images/generations`: the pictures come in the answer itself, as base64. */
export async function generateImages(
  state: SandboxState,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const body = checkedBody(request.body, IMAGE_BODY);
  const job = readImageJob(body);
  const prompt = readText(body, 'prompt');
  const order = takeOrder(state, prompt, { faults: IMAGE_FAULTS, delayMs: state.delayMs });
  refuseIfDirected(order, { busy, broken });
  if (order.shows('moderated')) throw moderationBlocked();
  state.submits.add({ provider: 'openai', model: job.model, vendorId: request.id, prompt });
  if (loseAnswerIfDirected(order, reply)) return;
  await sendAnswer(state, reply, { order, body: () => imageAnswer(job, order, state.now()) });
}
