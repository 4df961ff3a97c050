/** How a table is written out. */
export const TABLE_FORMATS = ['ndjson', 'csv'] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

export const MEDIA_TYPE = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
} as const satisfies Record<TableFormat, string>;

/** A row by its columns. Null is not known; in CSV it is empty. */
export type TableRow = Readonly<Record<string, string | number | boolean | Date | null>>;

/**
 * Rows as text, chunk by chunk as they come, so that nothing is held but one batch. Every row has
 * these columns, in this order.
 */
export async function* tableText(
  format: TableFormat,
  columns: readonly string[],
  batches: AsyncIterable<readonly TableRow[]>,
): AsyncGenerator<string> {
  if (format === 'csv') yield csvLine(columns);
  for await (const rows of batches) {
    const lines = rows.map((row) =>
      format === 'csv'
        ? csvLine(columns.map((column) => row[column] ?? null))
        : `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column] ?? null])))}\n`,
    );
    yield lines.join('');
  }
}

/** RFC 4180. */
const csvLine = (cells: readonly TableRow[string][]): string =>
  `${cells.map(csvCell).join(',')}\r\n`;

/**
 * What a caller sent as model or path must not run when the file is opened: spreadsheets take a text
 * that begins with one of these for a formula. An apostrophe before it says that it is text.
 */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

function csvCell(cell: TableRow[string]): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return cell instanceof Date ? cell.toISOString() : String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
