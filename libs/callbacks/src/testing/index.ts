export type { DeliveryStoreHarness } from './delivery-store-harness.js';
export { describeDeliveryStore } from './describe-delivery-store.js';
export { InMemoryDeliveryStore } from './in-memory-delivery.store.js';
