import { describeCallbackSecretRows } from './describe-callback-secret-rows.js';
import { describeTenantStore } from './describe-tenant-store.js';
import { InMemoryTenantStore } from './in-memory-tenant.store.js';

describeTenantStore('InMemoryTenantStore', async () => new InMemoryTenantStore());
describeCallbackSecretRows('InMemoryTenantStore', async () => new InMemoryTenantStore());
