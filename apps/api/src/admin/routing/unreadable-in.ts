import type { UnreadableRow } from '@app/proxy';

/** The rows of a table that cannot be read, for operators: they can be replaced or removed. */
export const unreadableIn = (table: UnreadableRow['table'], rows: readonly UnreadableRow[]) =>
  rows
    .filter((row) => row.table === table)
    .map(({ id, error }) => ({ id, why: error instanceof Error ? error.message : String(error) }));
