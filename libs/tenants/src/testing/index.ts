export { describeAuditStore, type AuditStoreHarness } from './describe-audit-store.js';
export { describeCallbackSecretRows } from './describe-callback-secret-rows.js';
export { describeTenantStore } from './describe-tenant-store.js';
export { InMemoryAuditStore } from './in-memory-audit.store.js';
export { InMemoryTenantStore } from './in-memory-tenant.store.js';
export { makeAuditRow } from './make-audit-row.js';
export { InMemoryAdminActionStore } from './in-memory-admin-action.store.js';
export { InMemoryAdminStore } from './in-memory-admin.store.js';
export { InMemoryTenantErasureStore } from './in-memory-tenant-erasure.store.js';
