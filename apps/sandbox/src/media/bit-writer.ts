const FIRST_SIZE = 4096;

/** Writes bits, most significant first, as JPEG and H.264 have them. */
export class BitWriter {
  private bytes = Buffer.allocUnsafe(FIRST_SIZE);
  private length = 0;
  private current = 0;
  private used = 0;

  bits(value: number, count: number): void {
    for (let bit = count - 1; bit >= 0; bit -= 1) {
      this.current = (this.current << 1) | ((value >> bit) & 1);
      this.used += 1;
      if (this.used === 8) this.flush();
    }
  }

  /** Fills the last byte with the given bit. */
  align(fill: 0 | 1): void {
    while (this.used > 0) this.bits(fill, 1);
  }

  /** Whole bytes; only where the writer is aligned. */
  raw(values: Uint8Array): void {
    this.makeRoom(values.length);
    this.bytes.set(values, this.length);
    this.length += values.length;
  }

  toBuffer(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  private flush(): void {
    this.makeRoom(1);
    this.bytes[this.length] = this.current;
    this.length += 1;
    this.current = 0;
    this.used = 0;
  }

  private makeRoom(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.bytes.length + count));
    larger.set(this.toBuffer());
    this.bytes = larger;
  }
}
