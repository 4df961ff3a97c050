import {
  BACKSLASH,
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  QUOTE,
} from './json-bytes.js';

/** One entry of a JSON object, by where it stands in the bytes. */
export interface ObjectEntry {
  /** Without quotes and escapes. */
  readonly key: string;
  /** Of the key's first quote. */
  readonly keyStart: number;
  /** Of the value: where it begins, and behind its last byte. */
  readonly start: number;
  readonly end: number;
}

/** All entries of the JSON object that the bytes are; null: they are none. */
export function objectEntries(bytes: Buffer): readonly ObjectEntry[] | null {
  const entries: ObjectEntry[] = [];
  return walkObject(bytes, (entry) => entries.push(entry) > 0) ? entries : null;
}

/**
 * Shows every entry of a JSON object until one is too many; false for what is no object or whose top level
 * is no JSON. What is inside the values is walked over, not judged. Linear, and strings are walked over by
 * the machine's own search, so that megabytes of a picture cost little.
 */
export function walkObject(bytes: Buffer, show: (entry: ObjectEntry) => boolean): boolean {
  let at = afterSpace(bytes, afterMark(bytes));
  if (bytes[at] !== BRACE_OPEN) return false;
  at = afterSpace(bytes, at + 1);
  while (bytes[at] !== BRACE_CLOSE) {
    const entry = entryAt(bytes, at);
    if (!entry || !show(entry)) return false;
    at = afterSpace(bytes, entry.end);
    if (bytes[at] === BRACE_CLOSE) break;
    if (bytes[at] !== COMMA) return false;
    at = afterSpace(bytes, at + 1);
    if (bytes[at] === BRACE_CLOSE) return false;
  }
  return afterSpace(bytes, at + 1) === bytes.length;
}

function entryAt(bytes: Buffer, at: number): ObjectEntry | null {
  if (bytes[at] !== QUOTE) return null;
  const keyEnd = stringEnd(bytes, at);
  const key = keyEnd === NOWHERE ? null : textOf(bytes, at, keyEnd);
  const colon = key === null ? NOWHERE : afterSpace(bytes, keyEnd);
  if (key === null || bytes[colon] !== COLON) return null;
  const start = afterSpace(bytes, colon + 1);
  const end = valueEnd(bytes, start);
  return end === NOWHERE || end === start ? null : { key, keyStart: at, start, end };
}

/** A byte order mark may be ignored (RFC 8259, section 8.1). */
const afterMark = (bytes: Buffer): number =>
  bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;

function afterSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (SPACE.has(bytes[at] ?? 0)) at += 1;
  return at;
}

/** Behind the quote that closes the string; `at` is its first quote. */
function stringEnd(bytes: Buffer, at: number): number {
  for (let from = at + 1; ;) {
    const quote = bytes.indexOf(QUOTE, from);
    if (quote === -1) return NOWHERE;
    let slashes = 0;
    while (bytes[quote - 1 - slashes] === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

function valueEnd(bytes: Buffer, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      if (at === NOWHERE || depth === 0) return at;
      continue;
    }
    if (byte === BRACE_OPEN || byte === BRACKET_OPEN) depth += 1;
    else if (depth === 0 && ENDS_BARE.has(byte)) return at;
    else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
    at += 1;
  }
  return NOWHERE;
}

/** Null: no JSON string. */
function textOf(bytes: Buffer, start: number, end: number): string | null {
  const text = bytes.toString('utf8', start, end);
  if (!text.includes('\\')) return text.slice(1, -1);
  try {
    return String(JSON.parse(text));
  } catch {
    return null;
  }
}

const NOWHERE = -1;
const SPACE: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);
/** `,` `}` `]` and white space. */
const ENDS_BARE: ReadonlySet<number> = new Set([0x2c, 0x7d, 0x5d, 0x20, 0x09, 0x0a, 0x0d]);
