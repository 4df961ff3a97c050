/** Writes bits, most significant first, as JPEG and H.264 have them. */
export class BitWriter {
  private readonly bytes: number[] = [];
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
    for (const value of values) this.bytes.push(value);
  }

  toBuffer(): Buffer {
    return Buffer.from(this.bytes);
  }

  private flush(): void {
    this.bytes.push(this.current);
    this.current = 0;
    this.used = 0;
  }
}
