import { createHash } from 'node:crypto';
import { OutputTooLargeError, type PutLimits, type StoredBytes } from './output-store.js';

const HEAD_BYTES = 4096;

/** Hashes and counts what passes to a store, and stops it at the limit or when its caller gave up. */
export class ByteMeter {
  private readonly hash = createHash('sha256');
  private head: Buffer = Buffer.alloc(0);
  private bytes = 0;

  constructor(private readonly limits: PutLimits) {}

  /** @throws OutputTooLargeError, or the reason of the signal */
  add(chunk: Buffer): void {
    this.limits.signal?.throwIfAborted();
    this.bytes += chunk.length;
    const { maxBytes } = this.limits;
    if (this.bytes > maxBytes) throw new OutputTooLargeError(maxBytes);
    if (this.head.length < HEAD_BYTES) {
      this.head = Buffer.concat([this.head, chunk]).subarray(0, HEAD_BYTES);
    }
    this.hash.update(chunk);
  }

  /** Once, after the last byte. */
  finish(): StoredBytes {
    return { bytes: this.bytes, sha256: this.hash.digest('hex'), head: Buffer.from(this.head) };
  }
}
