import { Readable } from 'node:stream';
import { OutboundError, type Door, type DoorTimeouts } from '@app/outbound';
import { ArchiveError } from './archive-error.js';
import { archiveErrorOf, openDownload } from './download.js';
import { Inspection } from './inspection.js';
import type { OutputKind } from './media-type.js';
import type { OutputStore } from './output-store.js';
import { atLeast, type ThroughputRules } from './throughput.js';

export interface ArchivistOptions {
  readonly maxOutputBytes: number;
  /** Default: 30 s of silence, six hours in all. */
  readonly timeouts?: DoorTimeouts;
  /** Default: 50 KB a second over a minute. */
  readonly throughput?: ThroughputRules;
}

export interface FetchOutput {
  /** Out of the vendor's answer: untrusted. */
  readonly url: string;
  /** Credentials for the download; sent to the host of `trustedBaseUrl` alone. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly trustedBaseUrl: string;
  readonly key: string;
  readonly expect: OutputKind;
  readonly signal?: AbortSignal | undefined;
}

export interface KeepBytes {
  readonly bytes: Buffer;
  readonly key: string;
  readonly expect: OutputKind;
  readonly signal?: AbortSignal | undefined;
}

export interface StoredOutput {
  readonly key: string;
  readonly type: OutputKind;
  /** By its bytes, never by what a header said. */
  readonly mime: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** Pixels; `null` where the file does not tell. */
  readonly width: number | null;
  readonly height: number | null;
}

const TIMEOUTS: DoorTimeouts = {
  connectMs: 10_000,
  headersMs: 60_000,
  idleMs: 30_000,
  totalMs: 6 * 3_600_000,
};

const THROUGHPUT: ThroughputRules = { minBytesPerSecond: 50_000, windowMs: 60_000 };

/**
 * Brings a vendor's result into our own store: streamed, hashed, counted and typed on the way. What is
 * not the whole of an allowed file leaves nothing behind.
 */
export class Archivist {
  constructor(
    private readonly door: Door,
    private readonly store: OutputStore,
    private readonly options: ArchivistOptions,
  ) {}

  /** @throws ArchiveError; an abort by `signal` leaves as it is */
  async fetchOutput(request: FetchOutput): Promise<StoredOutput> {
    const { timeouts = TIMEOUTS, throughput = THROUGHPUT } = this.options;
    const answer = await openDownload(this.door, { ...request, timeouts });
    const length = answer.headers['content-length'];
    const contentLength = typeof length === 'string' ? Number(length) : null;
    if (contentLength !== null && contentLength > this.options.maxOutputBytes) {
      answer.body.destroy();
      throw tooLarge(this.options.maxOutputBytes);
    }
    const source = atLeast(throughput, answer.body, () => performance.now());
    try {
      return await this.keep(request, source, contentLength);
    } finally {
      // A store that fails before it reads must not leave the connection open.
      answer.body.destroy();
    }
  }

  /** Keeps a result that came inside the vendor's answer. @throws ArchiveError */
  async keepBytes(request: KeepBytes): Promise<StoredOutput> {
    return await this.keep(request, Readable.from([request.bytes]), null);
  }

  private async keep(
    request: Omit<KeepBytes, 'bytes'>,
    source: AsyncIterable<Buffer>,
    contentLength: number | null,
  ): Promise<StoredOutput> {
    const { key, expect, signal } = request;
    const maxBytes = this.options.maxOutputBytes;
    const inspection = new Inspection({ expect, maxBytes, contentLength });
    const body = Readable.from(inspection.pass(source), { objectMode: false });
    try {
      const { bytes, sha256 } = await this.store.put(key, body, { maxBytes, signal });
      const { media, dimensions } = inspection.result;
      const { width = null, height = null } = dimensions ?? {};
      return { key, type: expect, mime: media.mime, bytes, sha256, width, height };
    } catch (error) {
      throw keepingError(error, signal);
    }
  }
}

const tooLarge = (maxBytes: number): ArchiveError =>
  new ArchiveError('too-large', `The output has more than ${maxBytes} bytes.`);

/** The source's failures come through the store unchanged; everything else is the store's own. */
function keepingError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (error instanceof ArchiveError || signal?.aborted === true) return error;
  if (error instanceof OutboundError) return archiveErrorOf(error, 'reading');
  return new ArchiveError('store', 'The output store did not take the output.', { cause: error });
}
