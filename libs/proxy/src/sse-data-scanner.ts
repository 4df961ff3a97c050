import { CR, LF, LineEnds } from './stream/line-ends.js';

/** Takes the payload of one event after the other, in pieces. */
export interface EventSink {
  /** Bytes of the current event's `data`. */
  data(bytes: Uint8Array): void;
  /** Bytes of its name (`event`), where somebody wants to know it. */
  name?(bytes: Uint8Array): void;
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
  /** What the line's name may become, by its first byte. */
  private field = DATA_FIELD;
  /** Bytes of it matched so far in this line. */
  private matched = 0;
  private afterCarriageReturn = false;
  private linesOfData = 0;
  private byteOrderMarkLeft = BYTE_ORDER_MARK.length;

  constructor(private readonly sink: EventSink) {}

  write(bytes: Uint8Array): void {
    const lineEnds = new LineEnds(bytes);
    let index = this.skipByteOrderMark(bytes);
    while (index < bytes.length) {
      if (this.line === 'name') index = this.readName(bytes, index);
      else index = this.readRest(bytes, index, lineEnds);
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
    if (byte === LF && this.afterCarriageReturn) {
      this.afterCarriageReturn = false;
      return index + 1;
    }
    this.afterCarriageReturn = false;
    if (byte === LF || byte === CR) {
      if (this.matched === 0) this.blankLine();
      return this.lineEnd(byte, index);
    }
    if (this.matched === 0) this.field = byte === EVENT_FIELD[0] ? EVENT_FIELD : DATA_FIELD;
    if (byte !== this.field[this.matched]) {
      this.line = 'ignored';
      return index + 1;
    }
    this.matched += 1;
    if (this.matched === this.field.length) this.beginValue();
    return index + 1;
  }

  private blankLine(): void {
    this.linesOfData = 0;
    this.sink.eventEnd();
  }

  private beginValue(): void {
    this.line = 'value-start';
    if (this.field !== DATA_FIELD) return;
    if (this.linesOfData > 0) this.sink.data(JOINT);
    this.linesOfData += 1;
  }

  private readRest(bytes: Uint8Array, start: number, lineEnds: LineEnds): number {
    let from = start;
    if (this.line === 'value-start') {
      this.line = this.field === DATA_FIELD ? 'data' : 'event';
      if (bytes[start] === SPACE) from += 1;
    }
    const end = lineEnds.next(from);
    if (end > from) this.show(bytes.subarray(from, end));
    return end === bytes.length ? end : this.lineEnd(bytes[end], end);
  }

  private show(value: Uint8Array): void {
    if (this.line === 'data') this.sink.data(value);
    else if (this.line === 'event') this.sink.name?.(value);
  }

  private lineEnd(byte: number | undefined, index: number): number {
    this.afterCarriageReturn = byte === CR;
    this.line = 'name';
    this.matched = 0;
    return index + 1;
  }
}

type LineState = 'name' | 'value-start' | 'data' | 'event' | 'ignored';

const SPACE = 0x20;
const DATA_FIELD = Buffer.from('data:');
const EVENT_FIELD = Buffer.from('event:');
const JOINT = Buffer.from('\n');
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);
