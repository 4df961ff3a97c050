import { Database } from '../database.js';

const READ = `
SELECT coalesce((SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname LIKE $1), 0)
  + coalesce((SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname LIKE $1), 0) AS read`;

/**
 * How many rows of a table, or entries of its indexes, `work` read on the connection it is given.
 * @param tables names them as LIKE does: those of partitions begin alike
 */
export async function rowsReadBy(
  url: string,
  work: (database: Database) => Promise<unknown>,
  tables = 'deliveries',
): Promise<number> {
  const database = new Database(url, { maxConnections: 1 });
  const count = async (): Promise<number> => {
    await database.query('SELECT pg_stat_force_next_flush()', []);
    const [row] = await database.query<{ read: string }>(READ, [tables]);
    return Number(row?.read);
  };
  try {
    const before = await count();
    await work(database);
    return (await count()) - before;
  } finally {
    await database.close();
  }
}
