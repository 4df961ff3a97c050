import type { Dimensions, MediaCheck } from './media-check.js';

export interface EndMark {
  /** Hex. */
  readonly mark: string;
  readonly name: string;
  /** Among so many last bytes it must be: some writers append a little after the end. */
  readonly within: number;
}

/** For formats that close with a fixed mark. */
export class TailCheck implements MediaCheck {
  private tail: Buffer = Buffer.alloc(0);

  constructor(private readonly end: EndMark) {}

  add(chunk: Buffer): void {
    const { within } = this.end;
    this.tail = Buffer.concat([this.tail, chunk.subarray(-within)]).subarray(-within);
  }

  missing(): string | null {
    return this.tail.includes(Buffer.from(this.end.mark, 'hex')) ? null : this.end.name;
  }

  dimensions(): Dimensions | null {
    return null;
  }
}
