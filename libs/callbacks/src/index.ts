export {
  ALERT_EVENTS,
  DEFAULT_THRESHOLDS,
  INCIDENTS,
  OPERATORS_ID,
  type AlertEvent,
  type AlertSettings,
  type Condition,
  type Incident,
  type IncidentKind,
} from './alerts/alert.js';
export { alertDelivery, alertTo, eventOf } from './alerts/alert-delivery.js';
export { AlertStore } from './alerts/alert.store.js';
export { judgeIncidents } from './alerts/judge-incidents.js';
export { chooseDeliveries } from './choose-deliveries.js';
export { callbackSecretBytes, newCallbackSecret } from './callback-secret.js';
export type { CallbackSecretSource } from './callback-secret-source.js';
export { Deliverer, type DelivererOptions } from './deliver.js';
export {
  isTerminalEvent,
  newDelivery,
  originOf,
  shownErrorClass,
  type AttemptErrorClass,
  type AttemptPhases,
  type AttemptTrigger,
  type CallbackEvent,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryState,
  type NewDelivery,
} from './delivery.js';
export {
  DeliveryQueue,
  type AfterAttempt,
  type ClaimedDelivery,
  type ClaimLimits,
  type ClaimView,
  type DueDelivery,
  type FinishedAttempt,
  type Outcome,
  type ReceiverDecision,
  type ReceiverView,
} from './delivery-queue.js';
export {
  DeliveryStore,
  KEPT_TESTS,
  SHOWN_ATTEMPTS,
  type DeliveryFilter,
  type DeliveryPage,
  type DeliverySummary,
} from './delivery.store.js';
export {
  afterRecord,
  afterRequest,
  isFirst,
  type QueuedDelivery,
  type RequestedTrigger,
} from './queued-delivery.js';
export {
  NEW_RECEIVER,
  type ReceiverBreaker,
  type ReceiverHealth,
  type ReceiverKey,
  type ReceiverReport,
} from './receiver.js';
export { RECEIVER_STATES, receiverState, type ReceiverState } from './receiver-state.js';
export { ERASED_BODY, isRedeliverable, REDELIVERABLE_EVENTS } from './redelivery.js';
export { testDelivery } from './test-delivery.js';
export { shownDue } from './shown-due.js';
export { atOnceNow, learn, type Lesson, readHealth } from './receiver-health.js';
export type { ReceiverLimits } from './receiver-limits.js';
export { parseSchedule, type RetrySchedule } from './retry-schedule.js';
export {
  CallbackSender,
  type CallbackSenderOptions,
  type SendLimits,
  type SentCallback,
} from './send-callback.js';
export { CallbackSigningKey, newSigningKey, type PublishedKeys } from './signing-key.js';
export type { Room, UnderWay } from './worker-room.js';
export {
  receiverNews,
  type ReceiverNews,
  type SeenHealth,
  type ToldOfReceiver,
} from './receiver-news.js';
export { ReceiverReports, type CallbackFigures, type WatchedReceiver } from './receiver-reports.js';
