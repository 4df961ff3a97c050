export { newCallbackSecret } from './callback-secret.js';
export type { CallbackSecretSource } from './callback-secret-source.js';
export { DeliverStep, type DeliverStepOptions } from './deliver.js';
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
  type DeliveryFilter,
  type DeliveryPage,
  type DeliverySummary,
} from './delivery.store.js';
export type { ReceiverBreaker, ReceiverHealth, ReceiverKey, ReceiverReport } from './receiver.js';
export {
  receiverNews,
  type ReceiverNews,
  type SeenHealth,
  type ToldOfReceiver,
} from './receiver-news.js';
export { ReceiverReports, type CallbackFigures, type WatchedReceiver } from './receiver-reports.js';
export { parseSchedule, type RetrySchedule } from './retry-schedule.js';
export { CallbackSender, type CallbackSenderOptions, type SentCallback } from './send-callback.js';
