import type { PoolClient, QueryResult, QueryResultRow } from 'pg';

/**
 * For one transaction of a command that looks at everything: it takes as long as it takes. The limits of the pool are
 * for requests.
 */
export async function unhurried(client: PoolClient): Promise<void> {
  await client.query('SET LOCAL statement_timeout = 0');
  await client.query('SET LOCAL idle_in_transaction_session_timeout = 0');
}

/** Waits a day for the answer, not the pool's seconds. */
export async function askUnhurried<Row extends QueryResultRow>(
  client: PoolClient,
  text: string,
  values: readonly unknown[] = [],
): Promise<QueryResult<Row>> {
  // The client reads this field of a query (pg/lib/client.js); its types do not say so.
  const query = { text, values: [...values], query_timeout: DAY_MS };
  return await client.query<Row>(query);
}

const DAY_MS = 86_400_000;
