import type { PoolClient } from 'pg';
import { type AuditMonth, auditMonths, monthOfTable } from './audit-month.js';
import { BRING_OVER, FIRST_OF_VERSION_BEFORE, MONTHS, PRUNE_DEFAULT } from './audit.sql.js';
import type { Database } from './database.js';

/**
 * Keeps a partition ready for each month of the audit and drops those whose time is over. Changes of
 * partitions are made by one worker at a time, and give up rather than have inserts wait behind them.
 */
export class PostgresAuditPartitions {
  constructor(private readonly database: Database) {}

  /** Makes the months that are missing, with what the default partition has of them. Returns their tables. */
  async make(first: Date, last: Date): Promise<readonly string[]> {
    const there = new Set((await this.months()).map(({ name }) => name));
    const made: string[] = [];
    for (const month of auditMonths(first, last)) {
      if (there.has(month.table)) continue;
      if (await this.alone(async (client) => await makeMonth(client, month)))
        made.push(month.table);
    }
    return made;
  }

  /** Drops the months that ended before. Detached first: dropping a large table takes its time. */
  async drop(before: Date): Promise<readonly string[]> {
    const dropped: string[] = [];
    for (const { name, attached } of await this.months()) {
      const month = monthOfTable(name);
      if (!month || month.to > before) continue;
      const isOurs =
        !attached ||
        (await this.alone(async (client) => {
          if (await isAttached(client, name))
            await client.query(`ALTER TABLE audit_log DETACH PARTITION ${name}`);
        }));
      if (!isOurs) continue;
      await this.database.query(`DROP TABLE IF EXISTS ${name}`, []);
      dropped.push(name);
    }
    return dropped;
  }

  /** Deletes so many rows of that age that no partition was there for; returns how many there were. */
  async pruneDefault(before: Date, limit: number): Promise<number> {
    return (await this.database.query(PRUNE_DEFAULT, [before, limit])).length;
  }

  /** About when the version before wrote the first row that is not brought over; null: none is. */
  async firstOfVersionBefore(): Promise<Date | null> {
    const [row] = await this.database.query<{ time: Date }>(FIRST_OF_VERSION_BEFORE, []);
    return row?.time ?? null;
  }

  /** Brings so many rows of the version before over, but for those that are too old; returns how many there were. */
  async bringOver(notBefore: Date, limit: number): Promise<number> {
    const [row] = await this.database.query<{ rows: number }>(BRING_OVER, [limit, notBefore]);
    return row?.rows ?? 0;
  }

  private async months() {
    return await this.database.query<{ name: string; attached: boolean }>(MONTHS, []);
  }

  /** False when another worker is at it. */
  private async alone(change: (client: PoolClient) => Promise<void>): Promise<boolean> {
    return await this.database.transaction(async (client) => {
      // Whoever waits for a lock has all others wait behind it; inserts must not.
      await client.query("SET LOCAL lock_timeout = '1s'");
      const { rows } = await client.query<{ isMine: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtext('audit_log partitions')) AS "isMine"`,
      );
      if (!rows[0]?.isMine) return false;
      await change(client);
      return true;
    });
  }
}

/** `CREATE TABLE … PARTITION OF` would lock the whole audit, and fail when the default partition has rows of the month. */
async function makeMonth(client: PoolClient, { table, from, to }: AuditMonth): Promise<void> {
  // Another worker may have made it since we looked.
  const { rows } = await client.query<{ there: boolean }>(
    'SELECT to_regclass($1) IS NOT NULL AS there',
    [table],
  );
  if (rows[0]?.there) return;
  const between = `time >= '${from.toISOString()}' AND time < '${to.toISOString()}'`;
  await client.query('LOCK TABLE audit_log_default IN SHARE ROW EXCLUSIVE MODE');
  await client.query(`CREATE TABLE ${table} (LIKE audit_log INCLUDING ALL)`);
  await client.query(
    `WITH moved AS (DELETE FROM audit_log_default WHERE ${between} RETURNING *) INSERT INTO ${table} SELECT * FROM moved`,
  );
  await client.query(
    `ALTER TABLE audit_log ATTACH PARTITION ${table} FOR VALUES FROM ('${from.toISOString()}') TO ('${to.toISOString()}')`,
  );
}

async function isAttached(client: PoolClient, table: string): Promise<boolean> {
  const { rows } = await client.query(
    'SELECT 1 FROM pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent = $2::regclass',
    [table, 'audit_log'],
  );
  return rows.length > 0;
}
