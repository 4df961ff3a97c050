import type { FastifyReply } from 'fastify';
import type { Order } from '../directions/order.js';
import { sendTruncated } from '../directions/send-truncated.js';
import type { SandboxState } from '../state.js';
import { broken } from './openai-error.js';

/** Answers whole, after the work time: the body, made only then, a server error (`fail`) or half the body. @throws OpenAiError */
export async function sendAnswer(
  state: SandboxState,
  reply: FastifyReply,
  { order, body }: { readonly order: Order; readonly body: () => unknown },
): Promise<void> {
  await state.work(order.workMs);
  if (order.shows('fail')) throw broken();
  if (order.shows('truncated-output')) {
    sendTruncated(reply, 'application/json', Buffer.from(JSON.stringify(body())));
    return;
  }
  await reply.send(body());
}
