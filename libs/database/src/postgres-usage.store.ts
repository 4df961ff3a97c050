import { type UsageQuery, type UsageReport, type UsageRow, UsageStore } from '@app/tenants';
import type { Database } from './database.js';
import { refuseTooWide } from './too-wide.js';
import { usageReport } from './usage.sql.js';

type Sums = Record<'costNanoUsd' | 'lostNanoUsd', string>;
type Found = Omit<UsageRow, keyof Sums> & Sums & { readonly isTotal: boolean };

export class PostgresUsageStore extends UsageStore {
  constructor(private readonly database: Database) {
    super();
  }

  /** @throws GatewayError INVALID_REQUEST when there is too much to sum up in time */
  override async report(query: UsageQuery): Promise<UsageReport> {
    const { text, values } = usageReport(query);
    const found = await refuseTooWide(async () => await this.database.query<Found>(text, values));
    const [total, ...rows] = found.map(({ isTotal: _, costNanoUsd, lostNanoUsd, ...row }) => ({
      ...row,
      costNanoUsd: BigInt(costNanoUsd),
      lostNanoUsd: BigInt(lostNanoUsd),
    }));
    if (!total) throw new Error('A sum over nothing is a row of zeros');
    const isCut = rows.length > query.limit;
    return { rows: rows.slice(0, query.limit), total: withoutGroups(total), isCut };
  }
}

/** The total's group columns are all null. */
function withoutGroups(total: UsageRow): UsageReport['total'] {
  const {
    hour: _h,
    day: _d,
    tenant: _t,
    model: _m,
    provider: _p,
    keyId: _k,
    keyPrefix: _x,
    ...sums
  } = total;
  return sums;
}
