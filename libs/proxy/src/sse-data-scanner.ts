/** Takes the payload of one event after the other, in pieces. */
export interface EventSink {
  /** Bytes of the current event's `data`. */
  data(bytes: Uint8Array): void;
  /** The current event is complete. */
  eventEnd(): void;
}

/**
 * Cuts Server-Sent Events out of bytes that come in any pieces and hands on the `data` payloads
 * without holding them. Lines end in LF, CRLF or CR, lines of one event are joined by LF, a byte
 * order mark at the start is skipped, other fields and comments are passed over
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream).
 */
export class SseDataScanner {
  private line: LineState = 'name';
  /** Bytes of `data:` matched so far in this line. */
  private matched = 0;
  private afterCarriageReturn = false;
  private linesOfData = 0;
  private byteOrderMarkLeft = BYTE_ORDER_MARK.length;

  constructor(private readonly sink: EventSink) {}

  write(bytes: Uint8Array): void {
    let index = this.skipByteOrderMark(bytes);
    while (index < bytes.length) {
      index = this.line === 'name' ? this.readName(bytes, index) : this.readRest(bytes, index);
    }
  }

  /** The stream is over; an event without its closing blank line counts as complete. */
  end(): void {
    this.sink.eventEnd();
  }

  private skipByteOrderMark(bytes: Uint8Array): number {
    let index = 0;
    while (this.byteOrderMarkLeft > 0 && index < bytes.length) {
      if (bytes[index] !== BYTE_ORDER_MARK[BYTE_ORDER_MARK.length - this.byteOrderMarkLeft]) {
        this.byteOrderMarkLeft = 0;
        return index;
      }
      this.byteOrderMarkLeft -= 1;
      index += 1;
    }
    return index;
  }

  private readName(bytes: Uint8Array, index: number): number {
    const byte = bytes[index];
    if (byte === LINE_FEED && this.afterCarriageReturn) {
      this.afterCarriageReturn = false;
      return index + 1;
    }
    this.afterCarriageReturn = false;
    if (byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      if (this.matched === 0) this.blankLine();
      return this.lineEnd(byte, index);
    }
    if (byte !== DATA_FIELD[this.matched]) {
      this.line = 'ignored';
      return index + 1;
    }
    this.matched += 1;
    if (this.matched === DATA_FIELD.length) this.beginData();
    return index + 1;
  }

  private blankLine(): void {
    this.linesOfData = 0;
    this.sink.eventEnd();
  }

  private beginData(): void {
    this.line = 'data-start';
    if (this.linesOfData > 0) this.sink.data(JOINT);
    this.linesOfData += 1;
  }

  private readRest(bytes: Uint8Array, start: number): number {
    let from = start;
    if (this.line === 'data-start') {
      this.line = 'data';
      if (bytes[start] === SPACE) from += 1;
    }
    let end = from;
    while (end < bytes.length && bytes[end] !== LINE_FEED && bytes[end] !== CARRIAGE_RETURN) {
      end += 1;
    }
    if (this.line === 'data' && end > from) this.sink.data(bytes.subarray(from, end));
    return end === bytes.length ? end : this.lineEnd(bytes[end], end);
  }

  private lineEnd(byte: number | undefined, index: number): number {
    this.afterCarriageReturn = byte === CARRIAGE_RETURN;
    this.line = 'name';
    this.matched = 0;
    return index + 1;
  }
}

type LineState = 'name' | 'data-start' | 'data' | 'ignored';

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const DATA_FIELD = Buffer.from('data:');
const JOINT = Buffer.from('\n');
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
