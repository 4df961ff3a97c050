import type { Keyring, Sealed } from '@app/tenants';
import type { Database } from './database.js';
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns.js';

export interface SealedCount {
  /** `table.column` */
  readonly column: string;
  /** The master key that opens them. */
  readonly keyId: string;
  readonly rows: number;
}

export interface ResealReport {
  readonly resealed: number;
  /** Rows that could not be opened, and why; no secret is in it. */
  readonly unopened: readonly string[];
}

interface SealedRow extends Sealed {
  readonly id: string;
  readonly rowId: string;
  readonly box: Buffer;
}

/** What is sealed at rest, all tables together. */
export class SealedRows {
  constructor(
    private readonly database: Database,
    private readonly columns: readonly SealedColumn[] = SEALED_COLUMNS,
  ) {}

  /** How many rows each master key opens. */
  async count(): Promise<readonly SealedCount[]> {
    const counts = await Promise.all(
      this.columns.map(async ({ table, box, keyId }) => {
        const rows = await this.database.query<{ keyId: string; rows: number }>(
          `SELECT ${keyId} AS "keyId", count(*)::int AS rows FROM ${table} WHERE ${box} IS NOT NULL
           GROUP BY 1 ORDER BY 1`,
          [],
        );
        return rows.map((row) => ({ column: `${table}.${box}`, ...row }));
      }),
    );
    return counts.flat();
  }

  /**
   * Seals under the ring's first key what another one sealed, batch by batch. A row that somebody
   * changed meanwhile keeps the change; whoever has the whole ring reads each row before and after.
   */
  async reseal(keyring: Keyring, onBatch: (resealed: number) => void): Promise<ResealReport> {
    let resealed = 0;
    const unopened: string[] = [];
    for (const column of this.columns) {
      let after: string | null = null;
      do {
        const rows: readonly SealedRow[] = await this.older(column, keyring.currentKeyId, after);
        const fresh = rows.flatMap((row) => {
          const again = resealOne(keyring, column, row);
          if (typeof again !== 'string') return [{ row, again }];
          unopened.push(again);
          return [];
        });
        for (const { row, again } of fresh) resealed += await this.replace(column, row, again);
        if (fresh.length > 0) onBatch(resealed);
        after = rows.length === BATCH ? (rows.at(-1)?.id ?? null) : null;
      } while (after !== null);
    }
    return { resealed, unopened };
  }

  private async older(
    { table, id, box, keyId, rowId }: SealedColumn,
    current: string,
    after: string | null,
  ): Promise<readonly SealedRow[]> {
    return await this.database.query<SealedRow & { [column: string]: unknown }>(
      `SELECT ${id}::text AS id, (${rowId})::text AS "rowId", ${box} AS box, ${keyId} AS "keyId" FROM ${table}
       WHERE ${box} IS NOT NULL AND ${keyId} <> $1 AND ($2::text IS NULL OR ${id}::text > $2)
       ORDER BY ${id}::text LIMIT ${BATCH}`,
      [current, after],
    );
  }

  /** 0: the row was changed or is gone. */
  private async replace(
    { table, id, box, keyId }: SealedColumn,
    row: SealedRow,
    again: Sealed,
  ): Promise<number> {
    const changed = await this.database.query(
      `UPDATE ${table} SET ${box} = $1, ${keyId} = $2 WHERE ${id} = $3 AND ${box} = $4 RETURNING 1`,
      [again.box, again.keyId, row.id, row.box],
    );
    return changed.length;
  }
}

const BATCH = 500;

/** What is to be written instead, or why it could not be opened. */
function resealOne(
  keyring: Keyring,
  { table, box, purpose }: SealedColumn,
  row: SealedRow,
): Sealed | string {
  const context = { purpose, rowId: row.rowId };
  try {
    return keyring.seal(context, keyring.open(context, row));
  } catch (error) {
    return `${table}.${box} of ${row.id}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
