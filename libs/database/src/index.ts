export { openCallbackKey } from './callback-key.js';
export { Database } from './database.js';
export { PostgresAlertStore } from './postgres-alert.store.js';
export { type Instance, openInstance } from './instance.js';
export { isRefusal } from './is-refusal.js';
export { PostgresAdminActionStore } from './postgres-admin-action.store.js';
export { PostgresAdminStore } from './postgres-admin.store.js';
export { PostgresAuditPartitions } from './postgres-audit-partitions.js';
export {
  type AuditFilter,
  type AuditPosition,
  type AuditQuery,
  PostgresAuditStore,
} from './postgres-audit.store.js';
export { PostgresCredentialStore } from './postgres-credential.store.js';
export { PostgresDeliveryStore } from './postgres-delivery.store.js';
export { PostgresDeliveryQueue } from './postgres-delivery.queue.js';
export { PostgresDispatchStore } from './postgres-dispatch.store.js';
export { PostgresDueWork } from './postgres-due-work.js';
export { PostgresEngineFigures } from './postgres-engine-figures.js';
export { PostgresInputStore } from './postgres-input.store.js';
export { PostgresPriceStore } from './postgres-price.store.js';
export { PostgresLedgerStore } from './postgres-ledger.store.js';
export { PostgresPlanStore } from './postgres-plan.store.js';
export { PostgresReceiverReports } from './postgres-receiver-reports.js';
export { PostgresRetentionStore } from './postgres-retention.store.js';
export { PostgresTaskStore } from './postgres-task.store.js';
export { PostgresTenantErasureStore } from './postgres-tenant-erasure.store.js';
export { PostgresTenantStore } from './postgres-tenant.store.js';
export { PostgresUsageStore } from './postgres-usage.store.js';
export { PostgresWorkQueues } from './postgres-work-queues.js';
export { PostgresUnaccountedEnds } from './postgres-unaccounted-ends.js';
export { rebuildLedger } from './rebuild-ledger.js';
export { isProved, type LedgerProof, verifyLedger } from './verify-ledger.js';
export { PostgresVendorHealthStore } from './postgres-vendor-health.store.js';
export { PostgresVendorOverview } from './postgres-vendor-overview.js';
export { SealedRows, type ResealReport, type SealedCount } from './sealed-rows.js';
