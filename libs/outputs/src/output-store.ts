import type { Readable } from 'node:stream';

export interface PutLimits {
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface StoredBytes {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** The first 4 KiB, enough to tell what it is. */
  readonly head: Buffer;
}

/** First and last byte, both included, as in a `Range` header. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Where bytes of finished outputs live. Keys are ours alone (`assertOutputKey`); what a vendor calls
 * its file never reaches a store. A key is written whole or not at all, and writing it again replaces it.
 */
export abstract class OutputStore {
  /**
   * Durable when it resolves; after a failure of any kind nothing of it is left.
   * @throws OutputTooLargeError, or the source's own error
   */
  abstract put(key: string, source: Readable | Buffer, limits: PutLimits): Promise<StoredBytes>;

  /** The bytes, or a part of them, with the whole's size; `null` when there is no such key. */
  abstract open(
    key: string,
    range?: ByteRange,
  ): Promise<{ readonly size: number; readonly body: Readable } | null>;

  abstract size(key: string): Promise<number | null>;

  /** Also fine when there is nothing to delete. */
  abstract delete(key: string): Promise<void>;

  /** Up to `limit` keys in the store's own order, after `after` (null: from the first); for sweeps. */
  abstract list(after: string | null, limit: number): Promise<readonly ListedObject[]>;

  /** A short-lived link straight to the store; null: this store has none, and the gateway streams. */
  abstract link(key: string, content: LinkedContent): Promise<string | null>;
}

export interface ListedObject {
  readonly key: string;
  readonly modifiedAt: Date;
}

/** What the store's answer to a link says of the bytes. */
export interface LinkedContent {
  readonly mime: string;
  readonly filename: string;
  readonly seconds: number;
}

export class OutputTooLargeError extends Error {
  constructor(readonly maxBytes: number) {
    super(`More than ${maxBytes} bytes.`);
    this.name = 'OutputTooLargeError';
  }
}
