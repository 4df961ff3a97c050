import { type AuditRow, AuditStore } from '../audit.js';

/** Keeps rows by request id; `failure` is what every insert throws while it is set. */
export class InMemoryAuditStore extends AuditStore {
  readonly rows = new Map<string, AuditRow>();
  failure: Error | null = null;

  override async insert(rows: readonly AuditRow[]): Promise<void> {
    if (this.failure) throw this.failure;
    for (const row of rows) {
      if (!this.rows.has(row.requestId)) this.rows.set(row.requestId, row);
    }
  }
}
