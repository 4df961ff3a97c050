export { describeAuditStore, type AuditStoreHarness } from './describe-audit-store.js';
export { describeCallbackSecretRows } from './describe-callback-secret-rows.js';
export { describeKeyChanges } from './describe-key-changes.js';
export { describePlanStore, type PlanStores } from './describe-plan-store.js';
export { describeTenantStore } from './describe-tenant-store.js';
export { InMemoryAuditStore } from './in-memory-audit.store.js';
export { InMemoryPlanStore } from './in-memory-plan.store.js';
export { InMemoryTenantStore } from './in-memory-tenant.store.js';
export { makeAuditRow } from './make-audit-row.js';
