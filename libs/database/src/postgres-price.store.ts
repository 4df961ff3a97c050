import { GatewayError } from '@app/errors';
import { type PriceTable, PriceStore, type PriceVersion } from '@app/prices';
import type { Database } from './database.js';

export class PostgresPriceStore extends PriceStore {
  constructor(private readonly database: Database) {
    super();
  }

  async currentVersion(): Promise<string | null> {
    const [row] = await this.database.query<{ version: string }>(
      'SELECT version FROM price_tables WHERE NOT is_shipped ORDER BY id DESC LIMIT 1',
      [],
    );
    return row?.version ?? null;
  }

  async versions(): Promise<readonly PriceVersion[]> {
    return await this.database.query<PriceVersion & { [column: string]: unknown }>(
      `SELECT version, content->>'effectiveFrom' AS "effectiveFrom", put_at AS "putAt", put_by AS "putBy"
       FROM price_tables ORDER BY id DESC LIMIT 1000`,
      [],
    );
  }

  async find(version: string): Promise<PriceTable | null> {
    const [row] = await this.database.query<{ content: PriceTable }>(
      'SELECT content FROM price_tables WHERE version = $1',
      [version],
    );
    return row?.content ?? null;
  }

  async put(table: PriceTable, by: string): Promise<void> {
    if (await this.insert(table, { isShipped: false, by })) return;
    throw new GatewayError(
      'INVALID_REQUEST',
      `There was a price table of version "${table.version}" before; each names its prices for good. Give it another version.`,
      { param: 'version' },
    );
  }

  async keepShipped(table: PriceTable): Promise<void> {
    await this.insert(table, { isShipped: true, by: null });
  }

  /** False: that version is there. Of two at once the later commit is in force, and both are kept. */
  private async insert(
    table: PriceTable,
    { isShipped, by }: { readonly isShipped: boolean; readonly by: string | null },
  ): Promise<boolean> {
    const made = await this.database.transaction(async (client) => {
      // Ids in the order of commits: a reader must not see a newer one first, and then find an older one.
      await client.query('LOCK TABLE price_tables IN SHARE ROW EXCLUSIVE MODE');
      return await client.query(
        `INSERT INTO price_tables (version, content, is_shipped, put_by) VALUES ($1, $2::jsonb, $3, $4)
         ON CONFLICT (version) DO NOTHING RETURNING id`,
        [table.version, JSON.stringify(table), isShipped, by],
      );
    });
    return made.rows.length > 0;
  }
}
