import { ALERT_EVENTS } from './alerts/alert.js';
import type { CallbackEvent, Delivery } from './delivery.js';

/**
 * What may be sent again: ends of tasks, tests and alerts. A change before the end is outdated by then; whoever
 * missed it is told of the end.
 */
export const REDELIVERABLE_EVENTS = [
  'task.success',
  'task.fail',
  'callback.test',
  ...ALERT_EVENTS,
] as const satisfies readonly CallbackEvent[];

const EVENTS: ReadonlySet<CallbackEvent> = new Set(REDELIVERABLE_EVENTS);

/** The body of a callback whose task was erased: there is nothing left to send. */
export const ERASED_BODY = '{}';

/** Whether it can be sent once more. That its task is not erased is for the store to know. */
export const isRedeliverable = ({
  event,
  state,
  body,
}: Pick<Delivery, 'event' | 'state' | 'body'>): boolean =>
  EVENTS.has(event) && state !== 'skipped' && body !== ERASED_BODY;

/**
 * When the schedule goes on after an attempt that is asked for now. Asking twice before it is made must not
 * lose the place in the schedule.
 */
export function resumeAfter({
  state,
  trigger,
  nextAttemptAt,
  resumeAt,
}: Pick<Delivery, 'state' | 'trigger' | 'nextAttemptAt' | 'resumeAt'>): Date | null {
  if (nextAttemptAt === null) return null;
  if (trigger !== 'auto') return resumeAt;
  return state === 'pending' ? nextAttemptAt : null;
}
