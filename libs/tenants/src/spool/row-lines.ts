/**
 * Rows as lines of JSON that come back as they were: a Date and a bigint, which JSON has no form for,
 * are written as an object of one field. Text begins and ends with a line break, so that what a crash
 * or a full disk tore off before it spoils one line and no other.
 */
export function toLines(rows: readonly unknown[]): string {
  return `\n${rows.map((row) => JSON.stringify(row, tagged)).join('\n')}\n`;
}

export interface ReadLines {
  readonly rows: readonly unknown[];
  /** Lines that are no row: torn ones. */
  readonly unreadable: number;
}

export function readLines(text: string): ReadLines {
  const rows: unknown[] = [];
  let unreadable = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const row = parsed(line);
    if (row === undefined) unreadable++;
    else rows.push(row);
  }
  return { rows, unreadable };
}

/** A row is an object; anything else is the rest of one. */
function parsed(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line, untagged);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

// JSON.stringify gives a Date's own text to a replacer; the Date itself is still in its place.
function tagged(this: unknown, key: string, value: unknown): unknown {
  const original: unknown = isRecord(this) ? this[key] : value;
  if (original instanceof Date) return { $date: original.toJSON() };
  if (typeof value === 'bigint') return { $bigint: String(value) };
  return value;
}

function untagged(_: string, value: unknown): unknown {
  if (!isRecord(value) || Object.keys(value).length !== 1) return value;
  const { $date: date, $bigint: bigint } = value;
  if (typeof date === 'string') return new Date(date);
  if (typeof bigint === 'string') return BigInt(bigint);
  return value;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;
