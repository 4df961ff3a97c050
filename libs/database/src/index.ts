export { Database } from './database.js';
export { type Instance, openInstance } from './instance.js';
export { type AuditQuery, PostgresAuditStore } from './postgres-audit.store.js';
export { PostgresDeliveryStore } from './postgres-delivery.store.js';
export { PostgresDueWork } from './postgres-due-work.js';
export { PostgresTaskStore } from './postgres-task.store.js';
export { PostgresTenantStore } from './postgres-tenant.store.js';
