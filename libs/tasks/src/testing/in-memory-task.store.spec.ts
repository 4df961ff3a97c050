import { randomUUID } from 'node:crypto';
import { describeDueWork } from './describe-due-work.js';
import { describeTaskStore } from './describe-task-store.js';
import { InMemoryDueWork } from './in-memory-due-work.js';
import { InMemoryTaskStore } from './in-memory-task.store.js';

async function makeHarness() {
  const store = new InMemoryTaskStore();
  return {
    store,
    work: new InMemoryDueWork(store),
    makeTenant: async () => `tn_${randomUUID()}`,
    deliveriesOf: async (taskId: string) =>
      store.deliveries.filter((delivery) => delivery.taskId === taskId),
    rings: async () => store.rings,
    transfersOf: async (taskId: string) =>
      store.transfers.filter(({ subject }) => subject === taskId),
  };
}

describeTaskStore('InMemoryTaskStore', makeHarness);
describeDueWork('InMemoryDueWork', makeHarness);
