/** Where the lines of one piece of an event stream end. Ask in rising order, then all of it is linear. */
export class LineEnds {
  private lineFeed = -1;
  private carriageReturn = -1;

  constructor(private readonly bytes: Uint8Array) {}

  /** Index of the first LF or CR from `start` on; the piece's length where there is none. */
  next(start: number): number {
    if (this.lineFeed < start) this.lineFeed = this.find(LF, start);
    if (this.carriageReturn < start) this.carriageReturn = this.find(CR, start);
    return Math.min(this.lineFeed, this.carriageReturn);
  }

  private find(byte: number, start: number): number {
    const index = this.bytes.indexOf(byte, start);
    return index === -1 ? this.bytes.length : index;
  }
}

export const LF = 0x0a;
export const CR = 0x0d;
