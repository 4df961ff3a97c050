import type { FastifyReply, FastifyRequest } from 'fastify';
import { cutOff } from '../directions/cut-off.js';
import { takeOrder, type Order } from '../directions/order.js';
import type { Fault } from '../directions/read-directions.js';
import { loseAnswerIfDirected, refuseIfDirected } from '../directions/submit-faults.js';
import { bearerKey } from '../keys.js';
import { refuseLanguage } from './language-faults.js';
import { broken, busy } from './openai-error.js';
import type { OpenAiState } from './openai-state.js';

interface LanguageRequest {
  readonly model: string;
  readonly prompt: string;
  readonly id: string;
  /** The last message is an assistant's, to be gone on with. */
  readonly prefilled: boolean;
  /** What this call has a way to show. */
  readonly faults: readonly Fault[];
}

/**
 * Accepts a paid text request: refuses as directed, else counts it. Answers at once unless a delay is
 * directed. Null: the answer is lost, say nothing more. @throws OpenAiError, DirectionError
 */
export function takeLanguageOrder(
  state: OpenAiState,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { model, prompt, id, prefilled, faults }: LanguageRequest,
): Order | null {
  state.requests.nameModel(reply, model);
  const standing = state.keys.faultOf(bearerKey(request.headers.authorization));
  const names = [model, state.provider];
  const order = takeOrder(state, prompt, { faults, delayMs: 0, names, standing });
  if (order.shows('reset')) {
    reply.hijack();
    cutOff(reply.raw);
    return null;
  }
  refuseIfDirected(order, { busy, broken });
  refuseLanguage(order, prefilled);
  state.submits.add({ provider: state.provider, model, vendorId: id, prompt });
  return loseAnswerIfDirected(order, reply) ? null : order;
}
