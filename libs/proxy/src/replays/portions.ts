/** Bytes that come in any pieces, handed out in portions of one size; the last may be smaller. */
export class Portions {
  private pieces: Buffer[] = [];
  private bytes = 0;

  constructor(private readonly size: number) {}

  /** Those that are full and certainly not the last. */
  add(piece: Buffer): readonly Buffer[] {
    this.pieces.push(piece);
    this.bytes += piece.length;
    if (this.bytes <= this.size) return [];
    const all = Buffer.concat(this.pieces, this.bytes);
    const full = Math.floor((all.length - 1) / this.size);
    const rest = all.subarray(full * this.size);
    this.pieces = [rest];
    this.bytes = rest.length;
    return Array.from({ length: full }, (_, at) =>
      all.subarray(at * this.size, (at + 1) * this.size),
    );
  }

  /** What is left when no more comes. */
  rest(): Buffer {
    return Buffer.concat(this.pieces, this.bytes);
  }
}
