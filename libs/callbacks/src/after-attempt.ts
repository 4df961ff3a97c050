import { isRetried } from './delivery.js';
import type { AfterAttempt, ClaimedDelivery } from './delivery-queue.js';
import type { Verdict } from './judge-answer.js';
import { nextAttemptAt, type RetrySchedule } from './retry-schedule.js';

export interface AfterAttemptInput {
  readonly schedule: RetrySchedule;
  /** The shortest wait after a time-out or 429. */
  readonly slowDownSeconds: number;
  readonly now: Date;
  /** From 0 (inclusive) to 1 (exclusive), evenly. */
  readonly random: number;
}

/** As much of a claimed delivery as decides what follows its attempt. */
export type Attempted = Pick<
  ClaimedDelivery,
  'event' | 'state' | 'trigger' | 'autoAttempts' | 'resumeAt'
>;

/**
 * Where a delivery stands after an attempt. Only ends of tasks and alerts are retried, by the schedule, which counts
 * its own attempts alone: one that somebody asked for leaves a failed delivery where it was. One that we
 * broke off is due again at once and costs nothing.
 */
export function afterAttempt(
  delivery: Attempted,
  verdict: Verdict,
  { schedule, slowDownSeconds, now, random }: AfterAttemptInput,
): AfterAttempt {
  if (verdict.outcome === 'delivered') return DELIVERED;
  // What ended before was sent once more because somebody asked for it; it ended all the same.
  if (delivery.state !== 'pending') return asBefore(delivery);
  if (verdict.outcome === 'dead') return DEAD;
  if (verdict.outcome === 'interrupted') return { state: 'pending', nextAttemptAt: now };
  if (!isRetried(delivery.event)) return DEAD;
  if (delivery.trigger !== 'auto' && delivery.resumeAt) {
    return { state: 'pending', nextAttemptAt: delivery.resumeAt };
  }
  const failedAttempts = delivery.autoAttempts + (delivery.trigger === 'auto' ? 1 : 0);
  const due = nextAttemptAt({
    schedule,
    failedAttempts: Math.max(failedAttempts, 1),
    now,
    random,
    retryAfterSeconds: verdict.retryAfterSeconds,
    timedOutOr429: verdict.timedOutOr429,
    slowDownSeconds,
  });
  return due ? { state: 'pending', nextAttemptAt: due } : DEAD;
}

const DELIVERED: AfterAttempt = { state: 'delivered', nextAttemptAt: null };
const DEAD: AfterAttempt = { state: 'dead', nextAttemptAt: null };

/** A skipped one was never sent, and is not sent again. */
const asBefore = ({ state }: Attempted): AfterAttempt => (state === 'delivered' ? DELIVERED : DEAD);
