export { describeAuditStore, type AuditStoreHarness } from './describe-audit-store.js';
export { describeCallbackSecretRows } from './describe-callback-secret-rows.js';
export { describeTenantStore } from './describe-tenant-store.js';
export { InMemoryAuditStore } from './in-memory-audit.store.js';
export { InMemorySpoolFiles } from './in-memory-spool-files.js';
export { InMemoryTenantStore } from './in-memory-tenant.store.js';
export { makeAuditRow } from './make-audit-row.js';
