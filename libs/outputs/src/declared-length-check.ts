import type { Dimensions, MediaCheck } from './media-check.js';

/** All that a length can be read from. */
const HEAD_BYTES = 256;

/** For formats that say at their beginning how long they are. */
export class DeclaredLengthCheck implements MediaCheck {
  private head: Buffer = Buffer.alloc(0);
  private bytes = 0;

  /** @param lengthOf the whole file's length by its head; `null` where it does not say */
  constructor(private readonly lengthOf: (head: Buffer) => number | null) {}

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.head.length < HEAD_BYTES) {
      this.head = Buffer.concat([this.head, chunk.subarray(0, HEAD_BYTES)]);
    }
  }

  missing(): string | null {
    const length = this.lengthOf(this.head) ?? 0;
    return this.bytes < length ? `${length - this.bytes} of ${length} bytes` : null;
  }

  dimensions(): Dimensions | null {
    return null;
  }
}

/**
 * RIFF, the container of WebP and WAV: a 32-bit length of what follows the first 8 bytes. Who writes
 * a sound into a pipe leaves it at its maximum.
 */
export function riffLength(head: Buffer): number | null {
  const length = head.length < 8 ? UNKNOWN_LENGTH : head.readUInt32LE(4);
  return length === UNKNOWN_LENGTH ? null : length + 8;
}

const UNKNOWN_LENGTH = 0xff_ff_ff_ff;

const EBML_ID_BYTES = 4;

/**
 * EBML, the container of WebM: a header element, then the segment. A segment of unknown length (a
 * live recording) tells nothing. https://www.rfc-editor.org/rfc/rfc8794#section-4
 */
export function ebmlLength(head: Buffer): number | null {
  const header = elementEnd(head, 0);
  return header === null ? null : elementEnd(head, header);
}

function elementEnd(head: Buffer, start: number): number | null {
  const sizeAt = start + EBML_ID_BYTES;
  const width = Math.clz32(head[sizeAt] ?? 0) - 23;
  if (width > 8 || head.length < sizeAt + width) return null;
  let size = (head[sizeAt] ?? 0) & (0xff >> width);
  let isUnknown = size === 0xff >> width;
  for (const byte of head.subarray(sizeAt + 1, sizeAt + width)) {
    size = size * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  return isUnknown ? null : sizeAt + width + size;
}
