import { GatewayError } from '@app/errors';
import { Transform, type Readable, type TransformCallback } from 'node:stream';

/**
 * A request's body on its way to the upstream: counts, shows each piece to an observer, and breaks
 * with 413 past the limit. Holds one piece at a time and slows the caller to the upstream's pace.
 */
export class UploadMeter extends Transform {
  /** Bytes that came from the caller so far. */
  bytes = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly observe: (chunk: Buffer) => void,
  ) {
    super();
    // Whoever reads it learns of an error; when nobody does any more, nobody needs to.
    this.on('error', () => undefined);
  }

  /**
   * Not `pipeline`, because that would destroy the caller's connection when the upstream fails, and
   * the caller is still owed an answer: what is left of the body is then read and thrown away.
   */
  readFrom(source: Readable): this {
    source.on('error', (error) => this.destroy(error));
    source.on('close', () => {
      if (!source.readableEnded) this.destroy(new Error('The caller left before its body ended'));
    });
    this.on('close', () => {
      source.unpipe(this);
      source.resume();
    });
    return source.pipe(this);
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) {
      done(bodyTooLarge(this.maxBytes));
      return;
    }
    this.observe(chunk);
    done(null, chunk);
  }
}

export const bodyTooLarge = (maxBytes: number): GatewayError =>
  new GatewayError(
    'PAYLOAD_TOO_LARGE',
    `The request body is larger than the ${maxBytes} bytes that are taken here.`,
  );
