import type { PoolClient } from 'pg';
import type { Database } from './database.js';
import { LEDGER_CHECKS } from './verify-ledger.sql.js';
import { checkTasks, TASKS_CHECK } from './verify-task-transfers.js';

/** Something that is not as the ledger says. */
export interface LedgerDifference {
  readonly check: string;
  readonly subject: string;
  readonly expected: string;
  readonly found: string;
}

export interface LedgerProof {
  /** What was proved, and of how many. */
  readonly checks: readonly {
    readonly name: string;
    readonly looked: number;
    readonly differences: number;
  }[];
  /** The first ones of each check. */
  readonly differences: readonly LedgerDifference[];
}

export const isProved = ({ checks }: LedgerProof): boolean =>
  checks.every(({ differences }) => differences === 0);

/**
 * Proves the money from Postgres alone, in one snapshot: whatever runs beside it is either in all of
 * what it looks at or in none. Sums are made by Postgres, tasks come in batches: memory is bounded.
 */
export async function verifyLedger(database: Database): Promise<LedgerProof> {
  return await database.transaction(async (client) => {
    await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    await client.query(`SET LOCAL statement_timeout = 0`);
    await client.query(`SET LOCAL idle_in_transaction_session_timeout = 0`);
    const found: LedgerDifference[] = [];
    const checks: { name: string; looked: number; differences: number }[] = [];
    for (const { name, count, differences } of LEDGER_CHECKS) {
      const [{ looked } = { looked: 0 }] = await ask<{ looked: string }>(client, count);
      const some = await ask<Omit<LedgerDifference, 'check'> & { readonly all: string }>(
        client,
        `SELECT *, count(*) OVER () AS all FROM (${differences}) AS found ORDER BY subject LIMIT ${SHOWN}`,
      );
      checks.push({ name, looked: Number(looked), differences: Number(some[0]?.all ?? 0) });
      found.push(
        ...some.map(({ subject, expected, found: other }) => {
          return { check: name, subject, expected, found: other };
        }),
      );
    }
    const tasks = await checkTasks(
      async (text, values) => await ask(client, text, values),
      (one) => found.push({ check: TASKS_CHECK, ...one }),
      SHOWN,
    );
    return { checks: [...checks, { name: TASKS_CHECK, ...tasks }], differences: found };
  });
}

/** Of each check; the number of all is told. */
const SHOWN = 100;

/** What looks at everything takes as long as it takes; the pool's own limit is for requests. */
async function ask<Row>(
  client: PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const query = { text, values: [...values], query_timeout: WHOLE_DAY_MS };
  // Each statement says which columns it has.
  return (await client.query(query)).rows as Row[];
}

const WHOLE_DAY_MS = 86_400_000;
