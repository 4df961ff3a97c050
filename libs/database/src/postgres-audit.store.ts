import { type AuditRow, AuditStore } from '@app/tenants';
import { auditPage, INSERT_AUDIT } from './audit.sql.js';
import type { Database } from './database.js';
import { refuseTooWide } from './too-wide.js';

/** Where a page ends and the next one begins. */
export interface AuditPosition {
  readonly time: Date;
  readonly requestId: string;
}

export interface AuditFilter {
  readonly tenant?: string;
  /** Both included; the same twice is one status. */
  readonly status?: { readonly from: number; readonly to: number };
  readonly model?: string;
  readonly requestId?: string;
  readonly keyPrefix?: string;
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
}

export interface AuditQuery extends AuditFilter {
  /** Rows older than this one. */
  readonly after?: AuditPosition;
  readonly limit: number;
}

export class PostgresAuditStore extends AuditStore {
  constructor(private readonly database: Database) {
    super();
  }

  async insert(rows: readonly AuditRow[]): Promise<void> {
    await this.database.query(INSERT_AUDIT, [JSON.stringify(rows)]);
  }

  /**
   * Newest first.
   * @throws GatewayError INVALID_REQUEST when no index holds what the filter asks for, and it takes too long
   */
  async list(query: AuditQuery): Promise<readonly AuditRow[]> {
    const { text, values } = auditPage(query);
    return await refuseTooWide(async () => await this.database.query<AuditRow>(text, values));
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
}
