import type { FastifyReply } from 'fastify';
import type { Order } from '../directions/order.js';
import { sendTruncated } from '../directions/send-truncated.js';
import { openRaw } from '../open-raw.js';
import type { SandboxState } from '../state.js';
import { broken } from './openai-error.js';
import { SLOW_FIRST_MS } from './slow-first.js';

/**
 * Answers whole, after the work time: the body, made only then, or as directed a server error (`fail`),
 * half the body (`truncated-output`; `stall` waits there), or the head long before it
 * (`slow-first-token`). @throws OpenAiError
 */
export async function sendAnswer(
  state: SandboxState,
  reply: FastifyReply,
  { order, body }: { readonly order: Order; readonly body: () => unknown },
): Promise<void> {
  if (order.shows('slow-first-token')) {
    const bytes = Buffer.from(JSON.stringify(body()));
    const raw = openRaw(reply, { 'content-type': JSON_TYPE, 'content-length': bytes.length });
    raw.flushHeaders();
    await state.work(order.workMs || SLOW_FIRST_MS);
    raw.end(bytes);
    return;
  }
  await state.work(order.workMs);
  if (order.shows('fail')) throw broken();
  if (order.shows('stall')) {
    const bytes = Buffer.from(JSON.stringify(body()));
    const raw = openRaw(reply, { 'content-type': JSON_TYPE, 'content-length': bytes.length });
    raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
    return;
  }
  if (order.shows('truncated-output')) {
    sendTruncated(reply, JSON_TYPE, Buffer.from(JSON.stringify(body())));
    return;
  }
  await reply.send(body());
}

const JSON_TYPE = 'application/json';
