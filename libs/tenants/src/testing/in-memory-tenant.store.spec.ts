import { describeCallbackSecretRows } from './describe-callback-secret-rows.js';
import { describeKeyChanges } from './describe-key-changes.js';
import { describePlanStore } from './describe-plan-store.js';
import { describeTenantStore } from './describe-tenant-store.js';
import { InMemoryPlanStore } from './in-memory-plan.store.js';
import { InMemoryTenantStore } from './in-memory-tenant.store.js';

describeTenantStore('InMemoryTenantStore', async () => new InMemoryTenantStore());
describeCallbackSecretRows('InMemoryTenantStore', async () => new InMemoryTenantStore());
describeKeyChanges('InMemoryTenantStore', async () => new InMemoryTenantStore());
describePlanStore('InMemoryPlanStore', async () => {
  const tenants = new InMemoryTenantStore();
  return { tenants, plans: new InMemoryPlanStore(tenants) };
});
