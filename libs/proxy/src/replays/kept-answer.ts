import { Readable, Transform, type TransformCallback } from 'node:stream';
import type { SealRecords } from './sealed-records.js';

/** Where sealed answers are kept, as far as they need it: an `OutputStore`. */
export interface ReplayObjects {
  /** Whole or not at all. */
  put(key: string, source: Readable, limits: { readonly maxBytes: number }): Promise<unknown>;
  open(key: string): Promise<{ readonly body: Readable } | null>;
  delete(key: string): Promise<void>;
}

export interface KeepingParts {
  readonly objects: ReplayObjects;
  readonly objectKey: string;
  readonly seal: SealRecords;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** How long the caller waits for a store that does not take more; then the answer is not kept. */
  readonly patienceMs: number;
  readonly onError: (error: unknown) => void;
}

/** `unkept`: the store failed. */
export type KeepingEnd = 'kept' | 'too-large' | 'unkept';

/**
 * One answer on its way to its caller and, sealed, to the store. A few records are in memory at a time; a store
 * that is slow slows the caller, but none keeps the answer from its caller for good.
 */
export class KeptAnswer {
  /** What goes in comes out, whatever becomes of the copy. */
  readonly passing: Transform;
  private readonly stored: Promise<boolean>;
  private bytesSeen = 0;
  private isEnded = false;
  private gaveUp: Exclude<KeepingEnd, 'kept'> | null = null;

  constructor(private readonly parts: KeepingParts) {
    const { seal, objects, objectKey, maxBytes } = parts;
    // What is sealed and no longer wanted breaks off; nobody else listens then.
    seal.on('error', () => undefined);
    this.passing = new Transform({
      transform: (chunk: Buffer, _encoding, done) => this.pass(chunk, done),
      flush: (done) => {
        this.isEnded = true;
        seal.end();
        done();
      },
    });
    this.stored = objects.put(objectKey, seal, { maxBytes: 2 * maxBytes }).then(
      () => true,
      (error: unknown) => {
        if (this.gaveUp === null) parts.onError(error);
        this.giveUp('unkept');
        return false;
      },
    );
  }

  /** Of the body, so far. */
  get bytes(): number {
    return this.bytesSeen;
  }

  /** No copy is made any more. */
  get isLost(): boolean {
    return this.gaveUp !== null;
  }

  /** When the answer has passed whole: whether its copy lies in the store. */
  async end(): Promise<KeepingEnd> {
    if (!this.isEnded) this.giveUp('unkept');
    const isStored = await this.stored;
    return this.gaveUp ?? (isStored ? 'kept' : 'unkept');
  }

  /** Its copy is not wanted. */
  async drop(): Promise<void> {
    this.giveUp('unkept');
    if (await this.stored) await this.parts.objects.delete(this.parts.objectKey);
  }

  private pass(chunk: Buffer, done: TransformCallback): void {
    this.bytesSeen += chunk.length;
    if (this.bytesSeen > this.parts.maxBytes) this.giveUp('too-large');
    // Whoever gets this piece sees whether it was kept.
    this.passing.push(chunk);
    const { seal, patienceMs } = this.parts;
    if (this.gaveUp !== null || seal.write(chunk)) {
      done();
      return;
    }
    const goOn = (): void => {
      clearTimeout(patience);
      seal.off('drain', goOn).off('close', goOn);
      done();
    };
    const patience = setTimeout(() => this.giveUp('unkept'), patienceMs);
    seal.on('drain', goOn).on('close', goOn);
  }

  private giveUp(because: Exclude<KeepingEnd, 'kept'>): void {
    this.gaveUp ??= because;
    this.parts.seal.destroy(new Error('The answer is not kept'));
  }
}
