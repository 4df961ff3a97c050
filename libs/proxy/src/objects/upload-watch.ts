import { Transform, type TransformCallback } from 'node:stream';
import type { Reference } from './reference.js';

/** Finds references in bytes that pass in any pieces. */
export interface ReferenceScanner {
  /** @throws GatewayError, for bytes that it cannot read */
  write(bytes: Uint8Array): void;
  /** Nothing follows. */
  end(): void;
  /** Those since the last call. */
  take(): readonly Reference[];
}

/**
 * Lets a request's body pass, always one piece behind: the last one leaves when all ids of the body were
 * judged, so that the upstream never has a body whole that names what is not the caller's. Holds one piece
 * and so many ids as are judged at once.
 */
export class UploadWatch extends Transform {
  private held: Buffer | null = null;
  private waiting: Reference[] = [];
  private readonly judged = new Set<string>();

  constructor(
    private readonly scanner: ReferenceScanner,
    /** Rejects with the error that breaks the body off. */
    private readonly judge: (references: readonly Reference[]) => Promise<void>,
  ) {
    super();
    // Whoever reads it learns of an error; when nobody does any more, nobody needs to.
    this.on('error', () => undefined);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    void this.pass(chunk, done);
  }

  override _flush(done: TransformCallback): void {
    void this.finish(done);
  }

  private async pass(chunk: Buffer, done: TransformCallback): Promise<void> {
    try {
      this.scanner.write(chunk);
      this.gather();
      if (this.waiting.length >= AT_ONCE) await this.verdict();
    } catch (error) {
      return done(errorOf(error));
    }
    if (this.held && !this.destroyed) this.push(this.held);
    this.held = chunk;
    done();
  }

  private async finish(done: TransformCallback): Promise<void> {
    try {
      this.scanner.end();
      this.gather();
      await this.verdict();
    } catch (error) {
      return done(errorOf(error));
    }
    done(null, this.held);
  }

  private gather(): void {
    for (const reference of this.scanner.take()) {
      // What may be anything where it stood first may stand again where nothing but an object does.
      const seen = `${reference.how} ${reference.id}`;
      if (this.judged.has(seen)) continue;
      if (this.judged.size < MAX_JUDGED) this.judged.add(seen);
      this.waiting.push(reference);
    }
  }

  private async verdict(): Promise<void> {
    const { waiting } = this;
    this.waiting = [];
    if (waiting.length > 0) await this.judge(waiting);
  }
}

const errorOf = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error('Not judged', { cause: thrown });

const AT_ONCE = 500;
/** Ids that are not asked about again; more of them are, which changes nothing. */
const MAX_JUDGED = 10_000;
