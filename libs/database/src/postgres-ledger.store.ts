import { type Balance, LedgerStore, type OpenHold, type Transfer } from '@app/tenants';
import type { QueryResultRow } from 'pg';
import type { Database } from './database.js';
import {
  ABANDONED_HOLDS,
  BALANCES,
  BEAT,
  CHANGED_BALANCES,
  FORGET_OWNERS,
  HEARD_OF,
  LOST,
  SETTLED_UNTIL,
  transferRecord,
  WRITE_TRANSFERS,
} from './ledger.sql.js';
import { storableJson } from './storable-text.js';

export class PostgresLedgerStore extends LedgerStore {
  constructor(private readonly database: Database) {
    super();
  }

  async write(transfers: readonly Transfer[]): Promise<void> {
    if (transfers.length === 0) return;
    await this.database.query(WRITE_TRANSFERS, [storableJson(transfers.map(transferRecord))]);
  }

  async balances(scopes: readonly string[]): Promise<readonly Balance[]> {
    const rows = await this.database.query<BalanceRow>(BALANCES, [scopes]);
    const found = new Map(rows.map((row) => [row.scope, toBalance(row)]));
    return [...new Set(scopes)].map((scope) => found.get(scope) ?? emptyBalance(scope));
  }

  async changedBalances(since: Date | null) {
    // First the moment, then the rows: what commits in between is seen twice, never not at all.
    const [settled] = await this.database.query<{ asOf: Date }>(SETTLED_UNTIL, []);
    if (!settled) throw new Error('Postgres did not tell its time');
    const rows = await this.database.query<BalanceRow>(CHANGED_BALANCES, [since]);
    return { balances: rows.map(toBalance), asOf: settled.asOf };
  }

  async beat(owner: string): Promise<void> {
    await this.database.query(BEAT, [owner]);
  }

  async heardOf(owners: readonly string[], withinMs: number): Promise<ReadonlySet<string>> {
    if (owners.length === 0) return new Set();
    const rows = await this.database.query<{ owner: string }>(HEARD_OF, [owners, withinMs]);
    return new Set(rows.map(({ owner }) => owner));
  }

  async abandonedHolds(silentMs: number, limit: number): Promise<readonly OpenHold[]> {
    const rows = await this.database.query<HoldRow>(ABANDONED_HOLDS, [silentMs, limit]);
    return rows.map((row) => ({ ...row, amountNanoUsd: Number(row.amountNanoUsd) }));
  }

  async lostOf(subjects: readonly string[]): Promise<ReadonlyMap<string, bigint | null>> {
    const rows = await this.database.query<{ subject: string; amount: string | null }>(LOST, [
      subjects,
    ]);
    return new Map(
      rows.map(({ subject, amount }) => [subject, amount === null ? null : BigInt(amount)]),
    );
  }

  async forgetOwners(): Promise<void> {
    await this.database.query(FORGET_OWNERS, []);
  }
}

type HoldRow = Omit<OpenHold, 'amountNanoUsd'> & {
  readonly amountNanoUsd: string;
} & QueryResultRow;

/** Sums may be larger than a number holds, so Postgres sends them as text. */
interface BalanceRow extends QueryResultRow {
  readonly scope: string;
  readonly version: string;
  readonly day: string;
  readonly daySpent: string;
  readonly month: string;
  readonly monthSpent: string;
  readonly spent: string;
  readonly held: string;
}

const toBalance = (row: BalanceRow): Balance => ({
  scope: row.scope,
  version: BigInt(row.version),
  day: row.day,
  daySpent: BigInt(row.daySpent),
  month: row.month.slice(0, 'yyyy-mm'.length),
  monthSpent: BigInt(row.monthSpent),
  spent: BigInt(row.spent),
  held: BigInt(row.held),
});

/** Of a scope that the ledger knows nothing of. The day is one on which nothing was spent. */
const emptyBalance = (scope: string): Balance => ({
  scope,
  version: 0n,
  day: '1970-01-01',
  daySpent: 0n,
  month: '1970-01',
  monthSpent: 0n,
  spent: 0n,
  held: 0n,
});
