import { looksLikeId, MAX_LOOKS } from './reference.js';

/**
 * Finds what may be ids in bytes of any kind, in whatever pieces they come: words as upstreams make them
 * (`file-…`, `resp_…`; see `looksLikeId`), whole ones between other characters. `\u002d` and its like count as what they stand for, as in JSON and JSON lines.
 * Linear; holds the beginning of one word.
 */
export class IdTokens {
  /** The bytes of a word, as written, that may go on in the next piece. */
  private begun: Buffer = NOTHING;
  /** Inside of a word that is too long to be an id. */
  private isInLong = false;

  /** @param found is shown each token, as often as it stands there */
  constructor(private readonly found: (token: string) => void) {}

  write(piece: Uint8Array): void {
    const bytes = this.begun.length > 0 ? Buffer.concat([this.begun, piece]) : viewOf(piece);
    let index = this.isInLong ? this.pastLong(bytes) : 0;
    while (index < bytes.length) {
      const start = wordStart(bytes, index);
      index = wordEnd(bytes, start);
      if (index === bytes.length) return this.keep(bytes.subarray(start));
      if (index - start >= MIN_BYTES) this.show(bytes.subarray(start, index));
    }
    this.begun = NOTHING;
  }

  /** Nothing follows. */
  end(): void {
    this.show(this.begun);
    this.begun = NOTHING;
  }

  private keep(word: Buffer): void {
    this.isInLong = word.length > MAX_RAW_BYTES;
    // Copied, so that the piece that it was cut from can be freed.
    this.begun = this.isInLong ? NOTHING : Buffer.from(word);
  }

  private pastLong(bytes: Buffer): number {
    const end = wordEnd(bytes, 0);
    this.isInLong = end === bytes.length;
    return end;
  }

  private show(raw: Buffer): void {
    if (raw.length > MAX_RAW_BYTES || !isLower(raw[0] ?? 0)) return;
    const token = raw
      .toString('latin1')
      .replaceAll(/\\u00([0-7][0-9a-f])/gi, (_, hex: string) =>
        String.fromCharCode(parseInt(hex, 16)),
      );
    if (looksLikeId(token)) this.found(token);
  }
}

function wordStart(bytes: Buffer, from: number): number {
  let index = from;
  while (index < bytes.length && KIND[bytes[index] ?? 0] === 0) index += 1;
  return index;
}

/** Behind the word that begins at `from`; the length where it may go on. */
function wordEnd(bytes: Buffer, from: number): number {
  let index = from;
  while (index < bytes.length) {
    const kind = KIND[bytes[index] ?? 0];
    if (kind === 1) index += 1;
    else if (kind === 0) return index;
    else {
      const end = escapeEnd(bytes, index);
      // A backslash that begins no letter ends the word, and is stepped over.
      if (end === index) return index === from ? index + 1 : index;
      index = end;
    }
  }
  return index;
}

/** Behind the escape at `at`; `at` itself where it is none of a letter, the length where that is not known yet. */
function escapeEnd(bytes: Buffer, at: number): number {
  const next = bytes[at + 1];
  if (next !== undefined && next !== LETTER_U) return at;
  const raw = bytes.toString('latin1', at, at + 6);
  if (raw.length < 6 && /^\\(?:u(?:0(?:0(?:[2-7])?)?)?)?$/.test(raw)) return bytes.length;
  const hex = /^\\u00([2-7][0-9a-f])$/i.exec(raw)?.[1];
  return hex !== undefined && KIND[parseInt(hex, 16)] === 1 ? at + 6 : at;
}

/** Or begins with an escape. */
const isLower = (byte: number): boolean => byte === 0x5c || (byte >= 0x61 && byte <= 0x7a);

const viewOf = (piece: Uint8Array): Buffer =>
  Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);

/** 1: of a word; 2: the backslash of an escape; 0: anything else. */
const KIND = new Uint8Array(256);
for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
  KIND[letter.charCodeAt(0)] = 1;
}
KIND[0x5c] = 2;

const LETTER_U = 0x75;

const MIN_BYTES = 9;
/** With every letter escaped. */
const MAX_RAW_BYTES = 6 * MAX_LOOKS;
const NOTHING = Buffer.alloc(0);
