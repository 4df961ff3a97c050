import { type AuditRow, AuditStore } from '@app/tenants';
import type { Database } from './database.js';

export interface AuditQuery {
  readonly tenant?: string | undefined;
  readonly status?: number | undefined;
  readonly model?: string | undefined;
  readonly requestId?: string | undefined;
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  /** Rows older than the one with this cursor. */
  readonly cursor?: bigint | undefined;
  readonly limit: number;
}

export class PostgresAuditStore extends AuditStore {
  constructor(private readonly database: Database) {
    super();
  }

  async insert(rows: readonly AuditRow[]): Promise<void> {
    await this.database.query(INSERT, [JSON.stringify(rows)]);
  }

  /** Newest first. */
  async list(query: AuditQuery): Promise<{ rows: AuditRow[]; nextCursor: string | null }> {
    const found = await this.database.read(
      async (prisma) =>
        await prisma.auditRow.findMany({
          where: {
            ...(query.tenant !== undefined && { tenant: query.tenant }),
            ...(query.status !== undefined && { status: query.status }),
            ...(query.model !== undefined && { model: query.model }),
            ...(query.requestId !== undefined && { requestId: query.requestId }),
            time: { ...(query.from && { gte: query.from }), ...(query.to && { lt: query.to }) },
            ...(query.cursor !== undefined && { id: { lt: query.cursor } }),
          },
          orderBy: { id: 'desc' },
          take: query.limit,
        }),
    );
    const last = found.length === query.limit ? found.at(-1) : undefined;
    return {
      rows: found.map(({ id: _, costUsd, bytesIn, bytesOut, ...row }) => ({
        ...row,
        costUsd: costUsd === null ? null : Number(costUsd),
        bytesIn: Number(bytesIn),
        bytesOut: Number(bytesOut),
      })),
      nextCursor: last ? String(last.id) : null,
    };
  }
}

const INSERT = `
INSERT INTO audit (time, request_id, tenant, key_prefix, method, path, model, upstream, status, error_code, latency_ms,
  ttfb_ms, tokens_in, tokens_out, tokens_cached, cost_usd, bytes_in, bytes_out, stream, client_ip)
SELECT a.time, a."requestId", a.tenant, a."keyPrefix", a.method, a.path, a.model, a.upstream, a.status, a."errorCode",
  a."latencyMs", a."ttfbMs", a."tokensIn", a."tokensOut", a."tokensCached", a."costUsd", a."bytesIn", a."bytesOut",
  a.stream, a."clientIp"
FROM jsonb_to_recordset($1::jsonb) AS a(time timestamptz, "requestId" text, tenant text, "keyPrefix" text, method text,
  path text, model text, upstream text, status int, "errorCode" text, "latencyMs" int, "ttfbMs" int, "tokensIn" int,
  "tokensOut" int, "tokensCached" int, "costUsd" numeric, "bytesIn" bigint, "bytesOut" bigint, stream boolean, "clientIp" text)
ON CONFLICT (request_id) DO NOTHING`;
