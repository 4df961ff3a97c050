import { describeAuditStore } from './describe-audit-store.js';
import { InMemoryAuditStore } from './in-memory-audit.store.js';

describeAuditStore('InMemoryAuditStore', async () => {
  const store = new InMemoryAuditStore();
  return { store, find: async (requestId) => [store.rows.get(requestId) ?? []].flat() };
});
