import type { ReceiverHealth } from './receiver.js';

export const RECEIVER_STATES = ['ok', 'failing', 'open', 'paused', 'disabled'] as const;

/**
 * `ok`: its last attempt was taken, or there was none. `failing`: attempts fail, and are made. Nothing is
 * sent in the rest: `open`, left alone for a while because it kept failing; `paused`, it asked for that;
 * `disabled`, until somebody enables it.
 */
export type ReceiverState = (typeof RECEIVER_STATES)[number];

/** How a receiver stands. What keeps it from being sent to comes first, the longest-lasting of that before all. */
export function receiverState(
  { disabledAt, breaker, pausedUntil, failingSince }: ReceiverHealth,
  now: Date,
): ReceiverState {
  const isAhead = (time: number | null | undefined): boolean =>
    typeof time === 'number' && time > now.getTime();
  if (disabledAt !== null) return 'disabled';
  if (isAhead(breaker?.openUntil)) return 'open';
  if (isAhead(pausedUntil)) return 'paused';
  return failingSince === null ? 'ok' : 'failing';
}
