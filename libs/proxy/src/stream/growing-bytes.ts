/** Bytes gathered from pieces of any size, in one place: what the pieces were cut from can be freed. */
export class GrowingBytes {
  private bytes = NOTHING;
  private used = 0;

  get length(): number {
    return this.used;
  }

  add(piece: Uint8Array): void {
    const length = this.used + piece.length;
    if (length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, this.used);
      this.bytes = larger;
    }
    this.bytes.set(piece, this.used);
    this.used = length;
  }

  /** All of them. They are never written to again, so they may be kept; the next piece begins anew. */
  take(): Buffer {
    const taken = this.bytes.subarray(0, this.used);
    this.bytes = NOTHING;
    this.used = 0;
    return taken;
  }
}

const NOTHING = Buffer.alloc(0);
