import { describeDeliveryQueue } from './describe-delivery-queue.js';
import { InMemoryDeliveryQueue } from './in-memory-delivery.queue.js';

describeDeliveryQueue('InMemoryDeliveryQueue', async () => {
  const queue = new InMemoryDeliveryQueue();
  let tasks = 0;
  return {
    queue,
    other: queue,
    tenantId: 'tenant-1',
    makeTask: async () => `tk-${(tasks += 1)}`,
    add: async (delivery) => queue.add(delivery),
    request: async (id, trigger) => queue.request(id, trigger),
    find: async (id) => queue.find(id),
    attemptsOf: async (id) => queue.attemptsOf(id),
    findReceiver: async (key) => queue.findReceiver(key),
  };
});
