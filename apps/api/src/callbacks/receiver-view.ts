import { atOnceNow, type ReceiverReport, receiverState } from '@app/callbacks';

/** A receiver as its tenant and, with `tenantId`, operators see it. `limits`: what the operator allows of each. */
export function receiverView(
  { tenantId, origin, health, waiting }: ReceiverReport,
  now: Date,
  limits: { readonly atOnce: number },
) {
  const state = receiverState(health, now);
  const { breaker, pausedUntil } = health;
  const until = { open: breaker?.openUntil ?? null, paused: pausedUntil };
  return {
    tenantId,
    origin,
    state,
    leftAloneUntil: state === 'open' || state === 'paused' ? seconds(until[state]) : null,
    disabledSince: seconds(health.disabledAt),
    failingSince: seconds(health.failingSince),
    failures: health.failures,
    lastSuccess: seconds(health.lastSuccessAt),
    lastFailure: seconds(health.lastFailureAt),
    waiting,
    atOnce: atOnceNow(health, limits),
  };
}

export type ReceiverView = ReturnType<typeof receiverView>;

const seconds = (milliseconds: number | null): number | null =>
  milliseconds === null ? null : Math.floor(milliseconds / 1000);
