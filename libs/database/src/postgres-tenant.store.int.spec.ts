import { Keyring } from '@app/tenants';
import {
  describeCallbackSecretRows,
  describeKeyChanges,
  describePlanStore,
  describeTenantStore,
} from '@app/tenants/testing';
import { afterAll, beforeAll } from 'vitest';
import { openInstance } from './instance.js';
import { PostgresPlanStore } from './postgres-plan.store.js';
import { PostgresTenantStore } from './postgres-tenant.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
  // The epoch lives in the instance's row.
  await openInstance(opened.database, new Keyring(Buffer.alloc(32, 1)));
});
afterAll(async () => await opened.close());

const makeStore = async () => new PostgresTenantStore(opened.database);
describeTenantStore('PostgresTenantStore', makeStore);
describeCallbackSecretRows('PostgresTenantStore', makeStore);
describeKeyChanges('PostgresTenantStore', makeStore);
describePlanStore('PostgresPlanStore', async () => ({
  plans: new PostgresPlanStore(opened.database),
  tenants: await makeStore(),
}));
