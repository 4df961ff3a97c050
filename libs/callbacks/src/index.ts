export { newCallbackSecret } from './callback-secret.js';
export type { CallbackSecretSource } from './callback-secret-source.js';
export { DeliverStep, type DeliverStepOptions } from './deliver.js';
export {
  newDelivery,
  type AttemptTrigger,
  type CallbackEvent,
  type Delivery,
  type DeliveryAttempt,
  type DeliveryState,
  type NewDelivery,
} from './delivery.js';
export { DeliveryStore, type AfterAttempt } from './delivery.store.js';
export { parseSchedule, type RetrySchedule } from './retry-schedule.js';
export { CallbackSender, type CallbackSenderOptions, type SentCallback } from './send-callback.js';
