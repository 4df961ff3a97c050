import { createDatabase } from '../../../../test/support/database.js';
import { Database } from '../database.js';

/** The store's own database, migrated and empty; `close` gives it back. */
export interface OpenTestDatabase {
  readonly url: string;
  readonly database: Database;
  close(): Promise<void>;
}

export async function openTestDatabase(): Promise<OpenTestDatabase> {
  const clone = await createDatabase();
  const database = new Database(clone.url, { maxConnections: 10 });
  return {
    url: clone.url,
    database,
    close: async () => {
      await database.close();
      await clone.drop();
    },
  };
}
