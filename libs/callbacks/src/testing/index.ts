export { describeDeliveryStore, type DeliveryStoreHarness } from './describe-delivery-store.js';
export { InMemoryDeliveryStore } from './in-memory-delivery.store.js';
