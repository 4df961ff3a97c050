import { randomUUID } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { callbackify } from 'node:util';
import { GatewayError } from '@app/errors';
import { UpstreamFailure } from '../upstream-failure.js';
import { GrowingBytes } from './growing-bytes.js';

export interface HoldingOptions {
  /** Where what does not fit into memory goes; it must exist. */
  readonly folder: string;
  /** More than this of one answer goes to a file. */
  readonly memoryBytes: number;
  /** A larger answer is given up. */
  readonly maxBytes: number;
}

/**
 * Holds the bytes of an answer until it is known that they may be given out: write it full, then `giveOut`, or
 * `destroy` it at any time and nothing is left. At most `memoryBytes` are in memory; beyond, all of it is in a
 * file that has no name any more, so it is gone with the process too. Writers wait for the disk.
 *
 * Fails with `UPSTREAM_ERROR` for an answer of more than `maxBytes`, and with `SERVICE_UNAVAILABLE` where the
 * disk takes no more.
 */
export class HeldAnswer extends Writable {
  private readonly memory = new GrowingBytes();
  private file: FileHandle | null = null;
  private bytes = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly options: HoldingOptions) {
    // What was written is still to be given out.
    super({ autoDestroy: false });
  }

  /** It was given up because of its length. */
  get isTooLarge(): boolean {
    return this.bytes > this.options.maxBytes;
  }

  /** Once, after `finish`. Whoever reads it ends or destroys it, and with it what is held. */
  giveOut(): Readable {
    const { file } = this;
    this.file = null;
    // A file handle closes with the stream that reads it.
    return file ? file.createReadStream({ start: 0 }) : oncePiece(this.memory.take());
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.bytes += chunk.length;
    if (this.isTooLarge) {
      done(tooLarge(this.options.maxBytes));
    } else if (this.file === null && this.bytes <= this.options.memoryBytes) {
      this.memory.add(chunk);
      done();
    } else {
      this.writing = this.toFile(chunk);
      callbackify(async () => await this.writing)(done);
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.memory.take();
    callbackify(async () => await this.closeFile())((failed) => done(error ?? failed));
  }

  private async toFile(chunk: Buffer): Promise<void> {
    try {
      this.file ??= await nameless(this.options.folder);
      if (this.memory.length > 0) await this.file.appendFile(this.memory.take());
      await this.file.appendFile(chunk);
    } catch (error) {
      throw notHeld(error);
    }
  }

  private async closeFile(): Promise<void> {
    // The file may be about to be opened. Of a failure the writer is told.
    await this.writing.catch(() => undefined);
    await this.file?.close();
  }
}

/** A file that only whoever has it open can find. */
async function nameless(folder: string): Promise<FileHandle> {
  const path = join(folder, `taskgate-answer-${randomUUID()}`);
  const file = await open(path, 'wx+', 0o600);
  try {
    await unlink(path);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

const oncePiece = (bytes: Buffer): Readable =>
  Readable.from(bytes.length > 0 ? [bytes] : [], { objectMode: false });

const tooLarge = (maxBytes: number): GatewayError =>
  new UpstreamFailure(
    'UPSTREAM_ERROR',
    `The upstream's answer is larger than the ${maxBytes} bytes that are held for the delivery "complete".`,
    true,
  );

function notHeld(cause: unknown): GatewayError {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  const message = `The upstream's answer could not be held on this server's disk${code}.`;
  return new GatewayError('SERVICE_UNAVAILABLE', message, { cause });
}
