import { expect, it } from 'vitest';
import { AuditBuffer } from './audit-buffer.js';
import { InMemoryAuditStore } from './testing/in-memory-audit.store.js';
import { InMemorySpoolFiles } from './testing/in-memory-spool-files.js';
import { makeAuditRow } from './testing/make-audit-row.js';

it('stores rows as the table can hold them, also those that were spooled', async () => {
  const store = new InMemoryAuditStore();
  const files = new InMemorySpoolFiles();
  const buffer = new AuditBuffer(store, { files, maxRows: 10, retryMs: 0, onDrop: () => {} });
  const row = makeAuditRow('a');
  store.failure = new Error('database away');
  buffer.add({ ...row, model: 'gpt\0' });
  await buffer.runOnce();
  expect(files.files.size).toBe(1);

  store.failure = null;
  await buffer.runOnce();

  expect([...store.rows.values()]).toEqual([{ ...row, model: 'gpt\uFFFD' }]);
});
