import { type ObjectEntry, objectEntries } from '../object-entries.js';
import { LineEnds } from './line-ends.js';

/**
 * A chunk of a chat stream without what only stands there because usage was asked for: null for the one that
 * carries nothing else (`choices: []`), else the same bytes without the entry `usage`. What is no such chunk,
 * an error among them, stays as it is. Pure; `event` is one whole event.
 */
export function withoutUsage(event: Buffer): Buffer | null {
  if (!event.includes(USAGE_KEY)) return event;
  const lines = dataLines(event);
  const data = joined(event, lines);
  const entries = objectEntries(data) ?? [];
  const at = entries.findIndex(({ key }) => key === 'usage');
  const usage = entries[at];
  if (!usage || saysError(data, entries)) return event;
  if (data[usage.start] === BRACE_OPEN && hasNoChoices(data, entries)) return null;
  return withoutRange(event, lines, rangeOf(entries, at, usage));
}

const USAGE_KEY = Buffer.from('"usage"');

interface Range {
  readonly start: number;
  readonly end: number;
}

/** Where the values of the event's `data` lines stand. */
function dataLines(event: Buffer): readonly Range[] {
  const lines: Range[] = [];
  const lineEnds = new LineEnds(event);
  let start = event.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0;
  while (start < event.length) {
    // A CRLF is a line's end and an empty line behind it: of no consequence here.
    const end = lineEnds.next(start);
    if (event.subarray(start, start + DATA.length).equals(DATA)) {
      const value = start + DATA.length;
      lines.push({ start: event[value] === SPACE ? value + 1 : value, end });
    }
    start = end + 1;
  }
  return lines;
}

/** As a reader of the stream puts them together. */
function joined(event: Buffer, lines: readonly Range[]): Buffer {
  const [only] = lines;
  if (lines.length === 1 && only) return event.subarray(only.start, only.end);
  return Buffer.concat(lines.flatMap(({ start, end }) => [event.subarray(start, end), LINE_FEED]));
}

function saysError(data: Buffer, entries: readonly ObjectEntry[]): boolean {
  const error = valueOf(data, entries, 'error');
  return error !== null && error !== 'null';
}

const hasNoChoices = (data: Buffer, entries: readonly ObjectEntry[]): boolean =>
  /^\[\s*\]$/.test(valueOf(data, entries, 'choices') ?? '');

function valueOf(data: Buffer, entries: readonly ObjectEntry[], name: string): string | null {
  const entry = entries.find(({ key }) => key === name);
  return entry ? data.toString('latin1', entry.start, entry.end) : null;
}

/** The entry with the comma before it; the first one goes with the comma behind it. */
function rangeOf(entries: readonly ObjectEntry[], at: number, entry: ObjectEntry): Range {
  const before = entries[at - 1];
  if (before) return { start: before.end, end: entry.end };
  return { start: entry.keyStart, end: entries[1]?.keyStart ?? entry.end };
}

/** Takes bytes of the joined data out of the event. */
function withoutRange(event: Buffer, lines: readonly Range[], range: Range): Buffer {
  const kept: Buffer[] = [];
  let from = 0;
  let offset = 0;
  for (const { start, end } of lines) {
    const cutStart = Math.max(range.start - offset, 0) + start;
    const cutEnd = Math.min(range.end - offset + start, end);
    if (cutStart < cutEnd) {
      kept.push(event.subarray(from, cutStart));
      from = cutEnd;
    }
    offset += end - start + 1;
  }
  return Buffer.concat([...kept, event.subarray(from)]);
}

const DATA = Buffer.from('data:');
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LINE_FEED = Buffer.from('\n');
const SPACE = 0x20;
const BRACE_OPEN = 0x7b;
