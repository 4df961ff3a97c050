import type { FastifyReply, FastifyRequest } from 'fastify';
import { takeOrder } from '../directions/order.js';
import {
  loseAnswerIfDirected,
  refuseIfDirected,
  SUBMIT_FAULTS,
} from '../directions/submit-faults.js';
import { numbered } from '../media/numbered.js';
import type { SandboxState } from '../state.js';
import { readEnvelope } from './dashscope-body.js';
import {
  accessDenied,
  DashScopeError,
  internalError,
  REJECTED,
  throttled,
} from './dashscope-error.js';
import { readQwenImageJob } from './qwen-image-body.js';
import type { ResultLinks } from './result-links.js';

const QWEN_FAULTS = [
  ...SUBMIT_FAULTS,
  'moderated',
  'fail',
  'moderated-part',
  'expired-url',
  'truncated-output',
  'html-output',
  'slow-output',
] as const;

/** Links live a day. */
export const LINK_LIFE_MS = 24 * 3_600_000;

/** The synchronous picture call: the answer, with links, comes when the work is done. */
export async function qwenImage(
  { state, links }: { readonly state: SandboxState; readonly links: ResultLinks },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (request.headers['x-dashscope-async'] === 'enable') {
    throw accessDenied('current user api does not support asynchronous calls.');
  }
  const { model, prompt, n, width, height } = readQwenImageJob(readEnvelope(request.body));
  // One of several can be missing, one of one cannot.
  const faults = QWEN_FAULTS.filter((fault) => fault !== 'moderated-part' || n > 1);
  const order = takeOrder(state, prompt, { faults, delayMs: state.delayMs });
  refuseIfDirected(order, { busy: throttled, broken: internalError });
  if (order.shows('moderated')) throw new DashScopeError(400, REJECTED.code, REJECTED.message);
  state.submits.add({ provider: 'dashscope', model, vendorId: request.id, prompt });
  if (loseAnswerIfDirected(order, reply)) return;
  await state.work(order.workMs);
  if (order.shows('fail')) throw internalError();
  const expiresAt = state.now() + LINK_LIFE_MS;
  const made = order.shows('moderated-part') ? n - 1 : n;
  const texts = numbered(order.text || request.id, n).slice(0, made);
  const names = texts.map((text) =>
    links.add({
      recipe: { kind: 'picture', format: 'png', width, height, text },
      order,
      expiresAt,
    }),
  );
  const content = links.links(request, order, names).map((image) => ({ image }));
  await reply.send({
    request_id: request.id,
    output: {
      choices: [{ finish_reason: 'stop', message: { role: 'assistant', content } }],
      task_metric: { TOTAL: n, FAILED: n - made, SUCCEEDED: made },
    },
    usage: { image_count: made, width, height },
  });
}
