import { type AuditRow, AuditStore, type ExplainedRow } from '@app/tenants';
import type { AuditFilter, AuditPosition, AuditQuery } from './audit-query.js';
import { auditPage, INSERT_AUDIT, ONE_EXPLAINED, STATUSES } from './audit.sql.js';
import type { Database } from './database.js';
import { refuseTooWide } from './too-wide.js';

export class PostgresAuditStore extends AuditStore {
  constructor(private readonly database: Database) {
    super();
  }

  async insert(rows: readonly ExplainedRow[]): Promise<void> {
    await this.database.query(INSERT_AUDIT, [JSON.stringify(rows)]);
  }

  async find(tenant: string, requestId: string): Promise<ExplainedRow | null> {
    const [row] = await this.database.query<ExplainedRow>(ONE_EXPLAINED, [requestId, tenant]);
    return row ?? null;
  }

  /**
   * Newest first.
   * @throws GatewayError INVALID_REQUEST when no index holds what the filter asks for, and it takes too long
   */
  async list(query: AuditQuery): Promise<readonly AuditRow[]> {
    return await refuseTooWide(async () => {
      const statuses = await this.statuses(query);
      if (statuses?.length === 0) return [];
      const { text, values } = auditPage(query, statuses);
      return await this.database.query<AuditRow>(text, values);
    });
  }

  /**
   * All rows that match, newest first, a page in memory at a time. What comes while it is read is
   * newer than where it began, and so not among them.
   */
  async *all(filter: AuditFilter, pageSize = 1_000): AsyncGenerator<readonly AuditRow[]> {
    const now = await this.database.now();
    const upTo = { ...filter, to: filter.to && filter.to < now ? filter.to : now };
    let after: AuditPosition | undefined;
    for (;;) {
      const rows = await this.list({ ...upTo, ...(after && { after }), limit: pageSize });
      if (rows.length > 0) yield rows;
      after = rows.at(-1);
      if (!after || rows.length < pageSize) return;
    }
  }

  /** Null: any. */
  private async statuses({ status }: AuditFilter): Promise<readonly number[] | null> {
    if (!status) return null;
    if (status.from === status.to) return [status.from];
    const { from, to } = status;
    const rows = await this.database.query<{ status: number }>(STATUSES, [from, to]);
    return rows.map((row) => row.status);
  }
}
