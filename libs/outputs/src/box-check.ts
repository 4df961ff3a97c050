import type { Dimensions, MediaCheck } from './media-check.js';
import { movieDimensions } from './movie-dimensions.js';

/** A `moov` larger than this (hours of video) is followed, but not kept for its dimensions. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/**
 * For ISO base media files (MP4, QuickTime, AVIF): walks the boxes at the top. The file is whole when
 * the last box is, and the box without which nothing plays was there.
 * https://www.w3.org/TR/mse-byte-stream-format-isobmff/
 */
export class BoxCheck implements MediaCheck {
  private position = 0;
  private header: Buffer = Buffer.alloc(0);
  private boxEnd = 0;
  private boxStart = 0;
  private kept: Buffer[] | null = null;
  private isKeeping = false;
  private hasNeeded = false;

  constructor(private readonly needed: 'moov' | 'meta') {}

  add(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      const inBox = Math.min(rest.length, this.boxEnd - this.position);
      const taken = inBox > 0 ? this.passBox(rest.subarray(0, inBox)) : this.readHeader(rest);
      rest = rest.subarray(taken);
    }
  }

  missing(): string | null {
    if (this.header.length > 0) return 'the rest of a box header';
    if (this.boxEnd !== Infinity && this.position < this.boxEnd) {
      return `${this.boxEnd - this.position} bytes of its last box`;
    }
    return this.hasNeeded ? null : `the ${this.needed} box`;
  }

  dimensions(): Dimensions | null {
    return this.kept && this.needed === 'moov' ? movieDimensions(Buffer.concat(this.kept)) : null;
  }

  private passBox(part: Buffer): number {
    if (this.kept && this.isKeeping) this.kept.push(Buffer.from(part));
    this.position += part.length;
    if (this.position === this.boxEnd) this.isKeeping = false;
    return part.length;
  }

  /** A header is 8 bytes, or 16 where a size of 1 announces a 64-bit one. */
  private readHeader(rest: Buffer): number {
    if (this.header.length === 0) this.boxStart = this.position;
    const wanted = this.header.length >= 8 ? 16 : 8;
    const part = rest.subarray(0, wanted - this.header.length);
    this.header = Buffer.concat([this.header, part]);
    this.position += part.length;
    if (this.header.length === wanted) this.openBox(this.header);
    return part.length;
  }

  private openBox(header: Buffer): void {
    const size = header.readUInt32BE(0);
    if (size === 1 && header.length === 8) return;
    const wholeSize = size === 1 ? Number(header.readBigUInt64BE(8)) : size;
    // 0: to the end of the file; less than its own header: not a box, so nothing can follow it.
    this.boxEnd = wholeSize < header.length ? Infinity : this.boxStart + wholeSize;
    this.header = Buffer.alloc(0);
    if (header.toString('latin1', 4, 8) !== this.needed) return;
    this.hasNeeded = true;
    if (wholeSize > MAX_KEPT_BYTES) return;
    this.kept = [];
    this.isKeeping = true;
  }
}
