import type { Writable } from 'node:stream';

/**
 * Writes a comment to the caller of an event stream whenever nothing went there for so long: clients and
 * the proxies before them give up on connections that are silent. Never within an event, never to a caller who
 * has not taken yet what was written before, and never an event itself, so readers see no difference.
 *
 * It does not read the stream: tell it of each piece that is written. Before the first one it may run as well,
 * once the head was sent.
 */
export class KeepAlive {
  private timer: NodeJS.Timeout | null = null;
  /** The last bytes that were written, as text of one letter a byte. */
  private tail = START;

  /** @param silenceMs 0: none are written */
  constructor(
    private readonly to: Writable,
    private readonly silenceMs: number,
  ) {}

  /** The head was sent: from now on silence counts. */
  start(): void {
    if (this.silenceMs === 0 || this.timer) return;
    this.timer = setTimeout(() => this.breakSilence(), this.silenceMs).unref();
  }

  /** These bytes of the stream are being written. */
  passing(bytes: Buffer): void {
    const { length } = bytes;
    const last = bytes.toString('latin1', Math.max(0, length - TAIL_BYTES));
    this.tail = length < TAIL_BYTES ? (this.tail + last).slice(-TAIL_BYTES) : last;
    this.timer?.refresh();
  }

  /** Idempotent; afterwards nothing is written any more. */
  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private breakSilence(): void {
    const { to } = this;
    if (to.destroyed || to.writableEnded) {
      this.stop();
      return;
    }
    if (to.writableLength === 0 && AFTER_BLANK_LINE.test(this.tail)) to.write(COMMENT);
    this.timer?.refresh();
  }
}

const COMMENT = ': keep-alive\n\n';

/** Of a blank line: the end of the line before it, and its own. */
const AFTER_BLANK_LINE = /(?:\n|\r(?!\n))(?:\r\n|\r|\n)$/;
const TAIL_BYTES = 3;
/** Before the first byte everything is as behind a blank line. */
const START = '\n\n';
