import { describeDeliveryStore } from './describe-delivery-store.js';
import { InMemoryDeliveryStore } from './in-memory-delivery.store.js';

describeDeliveryStore('InMemoryDeliveryStore', async () => {
  const store = new InMemoryDeliveryStore();
  let tasks = 0;
  return {
    store,
    tenantId: 'tenant-1',
    makeTask: async () => `tk-${(tasks += 1)}`,
    add: async (delivery, leaseUntil) => store.add(delivery, leaseUntil),
    addAttempt: async (attempt) => store.addAttempt(attempt),
    eraseTask: async (taskId) => store.eraseTask(taskId),
    setHealth: async (key, health) => store.setHealth(key, health),
    requestedOf: async (deliveryId) => store.requestedOf(deliveryId),
  };
});
