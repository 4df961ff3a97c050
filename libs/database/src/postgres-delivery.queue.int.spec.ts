import { describeDeliveryQueue } from '@app/callbacks/testing';
import { afterAll, beforeAll } from 'vitest';
import { deliveryQueueHarness } from './testing/delivery-queue-harness.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

describeDeliveryQueue(
  'PostgresDeliveryQueue',
  async () => await deliveryQueueHarness(opened.database),
);
