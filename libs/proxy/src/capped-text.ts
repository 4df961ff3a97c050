/** Text gathered from byte pieces, up to a limit: past it there is none, and nothing is held. */
export class CappedText {
  private pieces: Buffer[] = [];
  private length = 0;

  constructor(private readonly maxBytes: number) {}

  get isEmpty(): boolean {
    return this.length === 0;
  }

  clear(): void {
    if (this.isEmpty) return;
    this.pieces = [];
    this.length = 0;
  }

  /** Copies the piece, so that the chunk it was cut from can be freed. */
  add(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.length += piece.length;
    if (this.length > this.maxBytes) this.pieces = [];
    else this.pieces.push(Buffer.from(piece));
  }

  /** Null when more was added than the limit. */
  bytes(): Buffer | null {
    const [only] = this.pieces;
    if (this.length > this.maxBytes) return null;
    return only && this.pieces.length === 1 ? only : Buffer.concat(this.pieces);
  }

  /** As `bytes`. */
  text(): string | null {
    return this.bytes()?.toString('utf8') ?? null;
  }
}
