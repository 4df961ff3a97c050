import { type ReceiverReport, receiverState } from '@app/callbacks';

/** A receiver as its tenant and operators see it. */
export function receiverView({ origin, health, waiting }: ReceiverReport, now: Date) {
  const state = receiverState(health, now);
  const { breaker, pausedUntil } = health;
  const until = { open: breaker?.openUntil ?? null, paused: pausedUntil };
  return {
    origin,
    state,
    leftAloneUntil: state === 'open' || state === 'paused' ? seconds(until[state]) : null,
    disabledSince: seconds(health.disabledAt),
    failingSince: seconds(health.failingSince),
    failures: health.failures,
    lastSuccess: seconds(health.lastSuccessAt),
    lastFailure: seconds(health.lastFailureAt),
    waiting,
    atOnce: health.atOnce,
  };
}

const seconds = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : Math.floor(milliseconds / 1000);
