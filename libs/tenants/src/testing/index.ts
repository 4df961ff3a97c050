export { describeAuditStore, type AuditStoreHarness } from './describe-audit-store.js';
export { describeCallbackSecretRows } from './describe-callback-secret-rows.js';
export { describeLedgerStore } from './describe-ledger-store.js';
export { describeTenantStore } from './describe-tenant-store.js';
export { InMemoryAuditStore } from './in-memory-audit.store.js';
export { InMemoryLedgerStore } from './in-memory-ledger.store.js';
export { InMemoryTenantStore } from './in-memory-tenant.store.js';
export { makeAuditRow } from './make-audit-row.js';
export { makeTransfer, makeUsage } from './make-transfer.js';
