export interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

export interface HistoryRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

export function migrate(connectionString: string, folder?: string): Promise<string[]>;
export function pendingMigrations(
  migrations: readonly Migration[],
  history: readonly HistoryRow[],
): Migration[];
