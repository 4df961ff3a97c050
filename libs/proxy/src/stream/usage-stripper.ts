import { Transform, type TransformCallback } from 'node:stream';
import { type CutSink, EventCutter } from './event-cutter.js';
import { withoutUsage } from './without-usage.js';

/**
 * Takes out of a chat stream what only stands there because the gateway asked for usage
 * (`stream_options.include_usage`): the chunk with `choices: []` that carries it, and `usage` in all
 * others. Every other byte passes as it came, each event as soon as it is whole. An event of more than
 * 1 MiB passes unheld, as it is. One that was begun when the stream breaks is lost, unless the stream ends.
 */
export class UsageStripper extends Transform implements CutSink {
  private readonly cutter = new EventCutter(this, MAX_HELD_BYTES);
  private kept: Buffer[] = [];
  private droppedLast = false;

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.cutter.write(chunk);
    this.passKept(done);
  }

  override _flush(done: TransformCallback): void {
    this.cutter.end();
    this.passKept(done);
  }

  event(bytes: Buffer): void {
    const rest = withoutUsage(bytes);
    this.droppedLast = rest === null;
    if (rest) this.kept.push(rest);
  }

  part(bytes: Buffer): void {
    this.droppedLast = false;
    this.kept.push(bytes);
  }

  lateLineFeed(bytes: Buffer): void {
    if (!this.droppedLast) this.kept.push(bytes);
  }

  private passKept(done: TransformCallback): void {
    const [only] = this.kept;
    if (only) this.push(this.kept.length === 1 ? only : Buffer.concat(this.kept));
    this.kept = [];
    done();
  }
}

const MAX_HELD_BYTES = 1024 * 1024;
