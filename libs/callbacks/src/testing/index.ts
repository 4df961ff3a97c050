export { claimedDelivery } from './claimed-delivery.js';
export type { DeliveryStoreHarness } from './delivery-store-harness.js';
export { describeDeliveryStore } from './describe-delivery-store.js';
export { InMemoryDeliveryStore } from './in-memory-delivery.store.js';
export { describeDeliveryQueue, type DeliveryQueueHarness } from './describe-delivery-queue.js';
export { InMemoryDeliveryQueue, type QueuedReceiver } from './in-memory-delivery.queue.js';
export {
  addDelivery,
  claimOne,
  decideEach,
  failed as failedAttempt,
  finish as finishedAttempt,
  idsOf,
  learn as learnFailures,
  LIMITS,
  look,
  ORIGIN,
  sendAll,
  sendNone,
} from './delivery-queue-harness.js';
