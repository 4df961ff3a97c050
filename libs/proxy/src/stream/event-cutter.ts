/** Takes the pieces of an event stream in their order; together they are all of its bytes. */
export interface CutSink {
  /** A whole event, with the blank line that closes it. */
  event(bytes: Buffer): void;
  /** Some of an event that is too large to be held. */
  part(bytes: Buffer): void;
  /** The event before was closed by a CR, and this is the LF that belongs to it. */
  lateLineFeed(bytes: Buffer): void;
}

/**
 * Cuts an event stream at the blank lines between its events, whatever pieces it comes in and however its
 * lines end (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream). An
 * event is handed on as soon as its blank line is there. Linear; holds at most one event that is not whole
 * yet, and none of more than `maxHeldBytes`.
 */
export class EventCutter {
  private held = NOTHING;
  private heldBytes = 0;
  private isLineEmpty = true;
  private endedInCarriageReturn = false;
  /** The current event is too large: it passes in parts. */
  private isTooLarge = false;

  constructor(
    private readonly sink: CutSink,
    private readonly maxHeldBytes: number,
  ) {}

  write(bytes: Buffer): void {
    let from = this.takeLineFeed(bytes);
    let searched = from;
    let carriageReturn = bytes.indexOf(CR, from);
    while (from < bytes.length) {
      const lineFeed = bytes.indexOf(LF, searched);
      if (carriageReturn !== -1 && carriageReturn < searched)
        carriageReturn = bytes.indexOf(CR, searched);
      const lineEnd = nearest(lineFeed, carriageReturn);
      if (lineEnd === -1) {
        if (searched < bytes.length) this.isLineEmpty = false;
        break;
      }
      const isBlank = this.isLineEmpty && lineEnd === searched;
      searched = this.behind(bytes, lineEnd);
      this.isLineEmpty = true;
      if (!isBlank) continue;
      this.close(bytes.subarray(from, searched));
      from = searched;
    }
    if (from < bytes.length) this.hold(bytes.subarray(from));
  }

  /** The stream is over; what has no blank line yet counts as an event. */
  end(): void {
    if (this.heldBytes > 0) this.close(NOTHING);
  }

  /** Where the first line of the piece begins, but for the second half of a CRLF. */
  private takeLineFeed(bytes: Buffer): number {
    const isLate = this.endedInCarriageReturn && bytes[0] === LF;
    if (bytes.length > 0) this.endedInCarriageReturn = false;
    if (!isLate) return 0;
    const lineFeed = bytes.subarray(0, 1);
    if (this.isTooLarge) this.sink.part(lineFeed);
    else if (this.heldBytes > 0) this.hold(lineFeed);
    else this.sink.lateLineFeed(lineFeed);
    return 1;
  }

  /** Index behind the end of the line, which stands at `lineEnd`. */
  private behind(bytes: Buffer, lineEnd: number): number {
    if (bytes[lineEnd] === LF) return lineEnd + 1;
    this.endedInCarriageReturn = lineEnd + 1 === bytes.length;
    return bytes[lineEnd + 1] === LF ? lineEnd + 2 : lineEnd + 1;
  }

  private hold(bytes: Buffer): void {
    const length = this.heldBytes + bytes.length;
    this.isTooLarge ||= length > this.maxHeldBytes;
    if (this.isTooLarge) {
      this.letGo();
      this.sink.part(bytes);
      return;
    }
    if (length > this.held.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.held.length));
      this.held.copy(larger, 0, 0, this.heldBytes);
      this.held = larger;
    }
    bytes.copy(this.held, this.heldBytes);
    this.heldBytes = length;
  }

  /** The event's last bytes are here. */
  private close(bytes: Buffer): void {
    if (this.heldBytes === 0 && !this.isTooLarge && bytes.length <= this.maxHeldBytes) {
      this.sink.event(bytes);
      return;
    }
    this.hold(bytes);
    if (this.isTooLarge) this.isTooLarge = false;
    else this.sink.event(this.takeHeld());
  }

  private letGo(): void {
    if (this.heldBytes > 0) this.sink.part(this.takeHeld());
  }

  /** Never written to again: whoever gets them may keep them. */
  private takeHeld(): Buffer {
    const bytes = this.held.subarray(0, this.heldBytes);
    this.held = NOTHING;
    this.heldBytes = 0;
    return bytes;
  }
}

const nearest = (one: number, other: number): number =>
  one === -1 || other === -1 ? Math.max(one, other) : Math.min(one, other);

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;
