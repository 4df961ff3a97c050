import { GrowingBytes } from './growing-bytes.js';
import { CR, LF, LineEnds } from './line-ends.js';

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
  private readonly held = new GrowingBytes();
  private isLineEmpty = true;
  private endedInCarriageReturn = false;
  /** The current event is too large: it passes in parts. */
  private isTooLarge = false;

  constructor(
    private readonly sink: CutSink,
    private readonly maxHeldBytes: number,
  ) {}

  write(bytes: Buffer): void {
    const lineEnds = new LineEnds(bytes);
    let from = this.takeLineFeed(bytes);
    let line = from;
    while (line < bytes.length) {
      const end = lineEnds.next(line);
      const isBlank = this.isLineEmpty && end === line;
      this.isLineEmpty = end < bytes.length;
      line = this.behind(bytes, end);
      if (!isBlank) continue;
      this.close(bytes.subarray(from, line));
      from = line;
    }
    if (from < bytes.length) this.hold(bytes.subarray(from));
  }

  /** The stream is over; what has no blank line yet counts as an event. */
  end(): void {
    if (this.held.length > 0) this.close(NOTHING);
  }

  /** Where the first line of the piece begins, but for the second half of a CRLF. */
  private takeLineFeed(bytes: Buffer): number {
    const isLate = this.endedInCarriageReturn && bytes[0] === LF;
    if (bytes.length > 0) this.endedInCarriageReturn = false;
    if (!isLate) return 0;
    const lineFeed = bytes.subarray(0, 1);
    if (this.isTooLarge) this.sink.part(lineFeed);
    else if (this.held.length > 0) this.hold(lineFeed);
    else this.sink.lateLineFeed(lineFeed);
    return 1;
  }

  /** Where the line begins that follows the one that ends at `end`. */
  private behind(bytes: Buffer, end: number): number {
    if (bytes[end] !== CR) return end + 1;
    this.endedInCarriageReturn = end + 1 === bytes.length;
    return bytes[end + 1] === LF ? end + 2 : end + 1;
  }

  private hold(bytes: Buffer): void {
    this.isTooLarge ||= this.held.length + bytes.length > this.maxHeldBytes;
    if (!this.isTooLarge) {
      this.held.add(bytes);
      return;
    }
    if (this.held.length > 0) this.sink.part(this.held.take());
    this.sink.part(bytes);
  }

  /** The event's last bytes are here. */
  private close(bytes: Buffer): void {
    if (this.held.length === 0 && !this.isTooLarge && bytes.length <= this.maxHeldBytes) {
      this.sink.event(bytes);
      return;
    }
    this.hold(bytes);
    if (!this.isTooLarge) this.sink.event(this.held.take());
    this.isTooLarge = false;
  }
}

const NOTHING = Buffer.alloc(0);
