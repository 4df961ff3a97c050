import { AuditStore, type ExplainedRow } from '../audit.js';

/** Keeps rows by request id; `failure` is what every insert throws while it is set. */
export class InMemoryAuditStore extends AuditStore {
  readonly rows = new Map<string, ExplainedRow>();
  failure: Error | null = null;

  override async insert(rows: readonly ExplainedRow[]): Promise<void> {
    if (this.failure) throw this.failure;
    for (const row of rows) {
      if (!this.rows.has(row.requestId)) this.rows.set(row.requestId, row);
    }
  }

  override async find(tenant: string, requestId: string): Promise<ExplainedRow | null> {
    const row = this.rows.get(requestId);
    return row?.tenant === tenant ? row : null;
  }
}
