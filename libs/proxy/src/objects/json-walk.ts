import {
  BACKSLASH,
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COLON,
  COMMA,
  QUOTE,
} from '../json-bytes.js';

/** Is shown a JSON text as `JsonWalk` goes through it. */
export interface JsonVisitor {
  /** An object or array opens; `key` is what it stands under, null for the outermost and inside of arrays. */
  enter(key: string | null, isArray: boolean): void;
  leave(): void;
  /** Whether a string under this key is wanted; strings in an array are asked about with the array's own key. */
  wants(key: string, isInArray: boolean): boolean;
  /** A wanted string, its escapes undone. */
  string(key: string, text: string, isInArray: boolean): void;
}

/**
 * Shows the strings of a JSON text under their keys, in whatever pieces its bytes come. Every one of a key
 * that stands twice is shown. Broken JSON is walked over as well as it goes: somebody may still read it.
 * Linear; holds the open brackets and one key or wanted string at a time.
 */
export class JsonWalk {
  /** It is nested deeper than anybody means it; nothing of the rest is shown. */
  tooDeep = false;
  private readonly open: Level[] = [];
  /** Of the key or wanted string that is being read, as written; Latin-1, as nothing else is looked for. */
  private raw = '';
  private reading: 'between' | 'key' | 'wanted' | 'skipped' = 'between';
  private escaped = false;

  constructor(private readonly visitor: JsonVisitor) {}

  /** Ready for another text. */
  reset(): void {
    while (this.open.length > 0) this.leave();
    this.reading = 'between';
    this.escaped = false;
    this.tooDeep = false;
  }

  /** The bytes end inside of a string that is wanted. */
  get isInWanted(): boolean {
    return this.reading === 'wanted' && this.raw.length <= MAX_STRING_BYTES;
  }

  write(piece: Uint8Array): void {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let index = 0;
    while (index < bytes.length && !this.tooDeep) {
      if (this.reading === 'between') this.punctuation(bytes[index++] ?? 0);
      else index = this.throughString(bytes, index);
    }
  }

  private punctuation(byte: number): void {
    const level = this.open.at(-1);
    switch (byte) {
      case QUOTE:
        return this.beginString(level);
      case COLON:
        if (level) level.isAtKey = false;
        return;
      case COMMA:
        if (level) level.isAtKey = !level.isArray;
        return;
      case BRACE_OPEN:
      case BRACKET_OPEN:
        return this.enter(level, byte === BRACKET_OPEN);
      case BRACE_CLOSE:
      case BRACKET_CLOSE:
        this.leave();
    }
  }

  private enter(level: Level | undefined, isArray: boolean): void {
    if (this.open.length === MAX_DEPTH) {
      this.tooDeep = true;
      return;
    }
    const key = level && !level.isArray ? level.key : null;
    this.visitor.enter(key, isArray);
    this.open.push({ isArray, isAtKey: !isArray, key: isArray ? (level?.key ?? null) : null });
  }

  private leave(): void {
    if (this.open.pop()) this.visitor.leave();
  }

  private beginString(level: Level | undefined): void {
    const { key = null, isArray = false } = level ?? {};
    if (level?.isAtKey) this.reading = 'key';
    else this.reading = key !== null && this.visitor.wants(key, isArray) ? 'wanted' : 'skipped';
    this.raw = '';
  }

  private throughString(bytes: Buffer, start: number): number {
    let { escaped } = this;
    let end = start;
    for (; end < bytes.length; end += 1) {
      const byte = bytes[end];
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) break;
    }
    this.escaped = escaped;
    if (this.reading !== 'skipped' && this.raw.length <= MAX_STRING_BYTES) {
      this.raw += bytes.toString('latin1', start, Math.min(end, start + MAX_STRING_BYTES + 1));
    }
    if (end === bytes.length) return end;
    this.endString();
    return end + 1;
  }

  private endString(): void {
    const level = this.open.at(-1);
    const isKept = this.raw.length <= MAX_STRING_BYTES;
    if (this.reading === 'key' && level) level.key = isKept ? unescaped(this.raw) : '';
    if (this.reading === 'wanted' && isKept) {
      this.visitor.string(level?.key ?? '', unescaped(this.raw), level?.isArray ?? false);
    }
    this.reading = 'between';
  }
}

interface Level {
  readonly isArray: boolean;
  /** The next string is a key. */
  isAtKey: boolean;
  /** Of the value that stands here, or of the array itself. */
  key: string | null;
}

/** What is no JSON string stands for itself. */
function unescaped(raw: string): string {
  if (!raw.includes('\\')) return raw;
  try {
    return String(JSON.parse(`"${raw}"`));
  } catch {
    return raw;
  }
}

/** More levels than any request or answer of the API has. */
const MAX_DEPTH = 512;
/** As written; no id or key is longer, even with every letter escaped. */
const MAX_STRING_BYTES = 2_048;
