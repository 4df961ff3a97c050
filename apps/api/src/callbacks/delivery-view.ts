import {
  type Delivery,
  type DeliveryAttempt,
  type DeliverySummary,
  shownErrorClass,
} from '@app/callbacks';

/** Who looks: what is behind an address that was not reached is a fact of the operator's network. */
export type Viewer = 'tenant' | 'operator';

/** A delivery in a list. */
export const deliverySummary = (delivery: DeliverySummary, viewer: Viewer) => ({
  id: delivery.id,
  ...(viewer === 'operator' && { tenantId: delivery.tenantId }),
  taskId: delivery.taskId,
  event: delivery.event,
  seq: delivery.sequence,
  url: delivery.url,
  origin: delivery.origin,
  state: delivery.state,
  note: delivery.note,
  attemptCount: delivery.attempts,
  interrupted: delivery.interrupted,
  created: unixSeconds(delivery.createdAt),
  nextAttempt: delivery.nextAttemptAt && unixSeconds(delivery.nextAttemptAt),
});

/** A delivery with its attempts. */
export const deliveryWithAttempts = (
  delivery: DeliverySummary,
  attempts: readonly DeliveryAttempt[],
  viewer: Viewer,
) => ({
  ...deliverySummary(delivery, viewer),
  attempts: attempts.map((attempt) => attemptView(attempt, viewer)),
});

/** All of it: what was sent, too. */
export const deliveryDetail = (
  {
    delivery,
    attempts,
  }: { readonly delivery: Delivery; readonly attempts: readonly DeliveryAttempt[] },
  viewer: Viewer,
) => ({ ...deliveryWithAttempts(delivery, attempts, viewer), body: delivery.body });

function attemptView(attempt: DeliveryAttempt, viewer: Viewer) {
  const shown = viewer === 'operator' ? attempt : asTenantSees(attempt);
  return {
    number: shown.number,
    trigger: shown.trigger,
    time: unixSeconds(shown.startedAt),
    durationMs: shown.durationMs,
    phases: shown.phases,
    remoteAddress: shown.remoteAddress,
    status: shown.status,
    errorClass: shown.errorClass,
    error: shown.error,
    answerSnippet: shown.answerSnippet,
  };
}

/** Of an address that was not reached, neither which one it was nor how it kept silent. */
function asTenantSees(attempt: DeliveryAttempt) {
  const errorClass = shownErrorClass(attempt.errorClass);
  if (errorClass !== 'unreachable') return attempt;
  const { dnsMs } = attempt.phases;
  const phases = { dnsMs, connectMs: null, tlsMs: null, firstByteMs: null };
  return { ...attempt, errorClass, phases, remoteAddress: null };
}

const unixSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);
