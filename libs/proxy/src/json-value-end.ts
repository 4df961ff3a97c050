import {
  BACKSLASH,
  BRACE_CLOSE,
  BRACE_OPEN,
  BRACKET_CLOSE,
  BRACKET_OPEN,
  COMMA,
  QUOTE,
} from './json-bytes.js';

/**
 * Finds where one JSON value ends, in bytes that come in pieces. Knows strings, escapes and depth,
 * and nothing else: it is for walking over values, not for judging them. Linear, no memory.
 */
export class JsonValueEnd {
  private depth = 0;
  private inString = false;
  private escaped = false;
  private closed = false;

  /** The next byte is the first one of a value. */
  begin(): void {
    this.depth = 0;
    this.inString = false;
    this.escaped = false;
    this.closed = false;
  }

  /** Whether the last `find` reached the end. */
  get reached(): boolean {
    return this.closed;
  }

  /** Index after the value's last byte; the piece's length where the value goes on in the next. */
  find(bytes: Uint8Array, start: number): number {
    let index = start;
    while (index < bytes.length && !this.closed) {
      if (this.inString) index = this.throughString(bytes, index);
      else index = this.outsideString(bytes[index] ?? 0, index);
    }
    return index;
  }

  private throughString(bytes: Uint8Array, start: number): number {
    let index = this.escaped ? start + 1 : start;
    this.escaped = false;
    for (; index < bytes.length; index += 1) {
      const byte = bytes[index];
      if (byte === QUOTE) {
        this.inString = false;
        this.closed = this.depth === 0;
        return index + 1;
      }
      if (byte === BACKSLASH) index += 1;
    }
    // What the backslash hides is in the next piece.
    this.escaped = index > bytes.length;
    return bytes.length;
  }

  private outsideString(byte: number, index: number): number {
    if (byte === QUOTE) {
      this.inString = true;
    } else if (byte === BRACE_OPEN || byte === BRACKET_OPEN) {
      this.depth += 1;
    } else if (this.depth === 0) {
      // A bare number or word; what ends it is no part of it.
      this.closed = endsBare(byte);
      return this.closed ? index : index + 1;
    } else if (byte === BRACE_CLOSE || byte === BRACKET_CLOSE) {
      this.depth -= 1;
      this.closed = this.depth === 0;
    }
    return index + 1;
  }
}

/** `,` `}` `]` and white space. */
const endsBare = (byte: number): boolean =>
  byte === COMMA ||
  byte === BRACE_CLOSE ||
  byte === BRACKET_CLOSE ||
  byte === 0x20 ||
  (byte >= 0x09 && byte <= 0x0d);
