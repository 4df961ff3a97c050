import type { FastifyReply } from 'fastify';
import { cutOff } from './cut-off.js';
import type { Order } from './order.js';
import type { Fault } from './read-directions.js';

/** The faults of a submit call; every vendor can show them. */
export const SUBMIT_FAULTS = [
  'error-429',
  'error-429-retry-after',
  'error-500',
  'reset-after-accept',
  'hang',
] as const satisfies readonly Fault[];

/** What `error-429-retry-after` names. */
const RETRY_AFTER_SECONDS = 1;

/** Throws the vendor's own refusal when the order asks for one. Call it before the request is counted. */
export function refuseIfDirected(
  order: Order,
  refusals: {
    readonly busy: (retryAfterSeconds: number | null) => Error;
    readonly broken: () => Error;
  },
): void {
  if (order.shows('error-429')) throw refusals.busy(null);
  if (order.shows('error-429-retry-after')) throw refusals.busy(RETRY_AFTER_SECONDS);
  if (order.shows('error-500')) throw refusals.broken();
}

/**
 * Loses the answer of a request that was already counted when the order asks for it: the connection
 * is cut, or stays silent until the client leaves. True: the caller must not answer any more.
 */
export function loseAnswerIfDirected(order: Order, reply: FastifyReply): boolean {
  if (order.shows('reset-after-accept')) {
    reply.hijack();
    cutOff(reply.raw);
    return true;
  }
  if (!order.shows('hang')) return false;
  reply.hijack();
  return true;
}
