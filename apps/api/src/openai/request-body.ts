import { Readable } from 'node:stream';
import { GatewayError } from '@app/errors';

/** Silence in the middle of a body; the connection is cut then. */
const STALLED_MS = 30_000;

/**
 * A body that is read in two steps: as far as it takes to know whose request it is, and then whole, by
 * the gateway or by the upstream. What was read first is kept until then.
 */
export class RequestBody {
  private readonly held: Buffer[] = [];
  /** Of the body, so far. */
  bytes = 0;

  constructor(private readonly source: Readable) {}

  /**
   * Reads until `look` has seen enough (true), `maxBytes` are held or the body has ended.
   * @throws GatewayError INVALID_REQUEST when it breaks off
   */
  async peek(maxBytes: number, look: (chunk: Buffer) => Promise<boolean>): Promise<void> {
    for await (const chunk of this.rest()) {
      this.held.push(chunk);
      if (this.bytes >= maxBytes || (await look(chunk))) return;
    }
  }

  /** All of it. @throws GatewayError PAYLOAD_TOO_LARGE, or INVALID_REQUEST when it breaks off */
  async *whole(maxBytes: number): AsyncGenerator<Buffer> {
    this.refuseBeyond(maxBytes);
    for (const chunk of this.held.splice(0)) yield chunk;
    for await (const chunk of this.rest()) {
      this.refuseBeyond(maxBytes);
      yield chunk;
    }
  }

  /** All of it, byte for byte and as it comes, for the upstream. */
  passedOn(): Readable {
    return Readable.from(this.untouched(), { objectMode: false });
  }

  private async *untouched(): AsyncGenerator<Buffer> {
    for (const chunk of this.held.splice(0)) yield chunk;
    const rest: AsyncIterable<Buffer> = this.source.iterator({ destroyOnReturn: false });
    yield* rest;
  }

  /** Ending early leaves the connection open for the answer. */
  private async *rest(): AsyncGenerator<Buffer> {
    const stalled = setTimeout(() => this.source.destroy(), STALLED_MS);
    const chunks: AsyncIterable<Buffer> = this.source.iterator({ destroyOnReturn: false });
    try {
      for await (const chunk of chunks) {
        stalled.refresh();
        this.bytes += chunk.length;
        yield chunk;
      }
    } catch (cause) {
      throw new GatewayError('INVALID_REQUEST', 'The body broke off.', { cause });
    } finally {
      clearTimeout(stalled);
    }
  }

  private refuseBeyond(maxBytes: number): void {
    if (this.bytes <= maxBytes) return;
    const message = `The body is larger than ${maxBytes} bytes, the most that is taken here.`;
    throw new GatewayError('PAYLOAD_TOO_LARGE', message);
  }
}
