import type { Balance } from '@app/tenants';
import type { Database } from './database.js';
import {
  SUMMED_BALANCES,
  SUMMED_HOLDS,
  SUMMED_USAGE,
  USAGE_KEYS,
  USAGE_SUMS,
} from './ledger-sums.sql.js';
import { PostgresLedgerStore } from './postgres-ledger.store.js';

/** Where balances are copied to: Redis. */
export interface BalanceCopies {
  /** Drops every copy; nothing is admitted against a budget until it was read again. */
  forget(): Promise<void>;
  push(balances: readonly Balance[]): Promise<void>;
}

export interface Rebuilt {
  readonly balances: number;
  readonly holds: number;
  readonly hours: number;
}

/**
 * Makes balances, open holds and hours of usage anew from the rows of the ledger, and then their copies.
 * Writers of the ledger wait meanwhile; who only reads does not. Versions go on from where they were.
 */
export async function rebuildLedger(database: Database, copies: BalanceCopies): Promise<Rebuilt> {
  const rebuilt = await database.transaction(async (client) => {
    const run = async (text: string): Promise<number> =>
      (await client.query({ text, query_timeout: WHOLE_DAY_MS })).rowCount ?? 0;
    await run(`SET LOCAL statement_timeout = 0`);
    await run(`SET LOCAL lock_timeout = '30s'`);
    await run('LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE');
    await run('CREATE TEMP TABLE versions ON COMMIT DROP AS SELECT scope, version FROM balances');
    await run('DELETE FROM balances');
    await run('DELETE FROM ledger_holds');
    await run('DELETE FROM usage_hours');
    const balances = await run(`
      INSERT INTO balances (scope, version, day, day_spent, month, month_spent, spent, held, changed_at)
      SELECT s.scope, coalesce(v.version, 0) + 1, s.day, s.day_spent, s.month, s.month_spent, s.spent, s.held, clock_timestamp()
      FROM (${SUMMED_BALANCES}) AS s LEFT JOIN versions v USING (scope)`);
    const holds = await run(`
      INSERT INTO ledger_holds (subject, tenant_id, key_id, model, provider, amount_nano_usd, price_version, at, owner)
      ${SUMMED_HOLDS}`);
    const columns = [...USAGE_KEYS, ...USAGE_SUMS].join(', ');
    const hours = await run(
      `INSERT INTO usage_hours (${columns}) SELECT ${columns} FROM (${SUMMED_USAGE}) AS s`,
    );
    return { balances, holds, hours };
  });
  await copies.forget();
  const { balances } = await new PostgresLedgerStore(database).changedBalances(null);
  for (let from = 0; from < balances.length; from += PUSHED_AT_ONCE)
    await copies.push(balances.slice(from, from + PUSHED_AT_ONCE));
  return rebuilt;
}

const PUSHED_AT_ONCE = 500;
const WHOLE_DAY_MS = 86_400_000;
