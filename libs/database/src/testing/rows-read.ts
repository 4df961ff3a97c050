import { Database } from '../database.js';

const READ = `
SELECT (SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'deliveries')
  + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'deliveries') AS read`;

/** How many rows of `deliveries`, or entries of its indexes, `work` read on the connection it is given. */
export async function rowsReadBy(
  url: string,
  work: (database: Database) => Promise<unknown>,
): Promise<number> {
  const database = new Database(url, { maxConnections: 1 });
  const count = async (): Promise<number> => {
    await database.query('SELECT pg_stat_force_next_flush()', []);
    const [row] = await database.query<{ read: string }>(READ, []);
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
