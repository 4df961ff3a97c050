import type { FastifyReply } from 'fastify';
import { takeOrder, type Order } from '../directions/order.js';
import {
  loseAnswerIfDirected,
  refuseIfDirected,
  SUBMIT_FAULTS,
} from '../directions/submit-faults.js';
import type { SandboxState } from '../state.js';
import { broken, busy, contentFiltered } from './openai-error.js';

/** Faults that a call answering with text can show. */
const LANGUAGE_FAULTS = [...SUBMIT_FAULTS, 'moderated', 'fail', 'truncated-output'] as const;

/**
 * Accepts a paid text request: refuses as directed, else counts it. Answers at once unless a delay is
 * directed. Null: the answer is lost, say nothing more. @throws OpenAiError, DirectionError
 */
export function takeLanguageOrder(
  state: SandboxState,
  reply: FastifyReply,
  request: { readonly model: string; readonly prompt: string; readonly id: string },
): Order | null {
  const order = takeOrder(state, request.prompt, { faults: LANGUAGE_FAULTS, delayMs: 0 });
  refuseIfDirected(order, { busy, broken });
  if (order.shows('moderated')) throw contentFiltered();
  state.submits.add({
    provider: 'openai',
    model: request.model,
    vendorId: request.id,
    prompt: request.prompt,
  });
  return loseAnswerIfDirected(order, reply) ? null : order;
}
