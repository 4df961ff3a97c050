import { describeDueWork, describeTaskStore } from '@app/tasks/testing';
import { afterAll, beforeAll } from 'vitest';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { postgresHarness } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

describeTaskStore('PostgresTaskStore', async () => postgresHarness(opened.database));
describeDueWork('PostgresDueWork', async () => postgresHarness(opened.database));
