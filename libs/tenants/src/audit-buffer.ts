import type { AuditStore, ExplainedRow } from './audit.js';
import { fitRow } from './fit-row.js';
import { SpooledBuffer, type SpooledBufferOptions } from './spool/spooled-buffer.js';

export type AuditBufferOptions = Omit<SpooledBufferOptions<ExplainedRow>, 'name' | 'write'>;

/** Audit rows on their way to their table; requests never wait for it. */
export class AuditBuffer extends SpooledBuffer<ExplainedRow> {
  constructor(store: AuditStore, options: AuditBufferOptions) {
    super({ ...options, name: 'audit', write: async (rows) => await store.insert(rows) });
  }

  override add(row: ExplainedRow): void {
    super.add(fitRow(row));
  }
}
