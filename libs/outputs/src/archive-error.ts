/**
 * Why an output could not be kept:
 * - `unreachable`: refused address, name, connection, or no answer at all
 * - `gone`: 403, 404 or 410, so the link has expired; `http-status`: any other that is not 200
 * - `truncated`, `empty`, `wrong-type`, `too-large`: what came is not the whole of an allowed file
 * - `stalled`: it came too slowly
 * - `store`: our own store failed
 */
export type ArchiveFailure =
  | 'unreachable'
  | 'gone'
  | 'http-status'
  | 'truncated'
  | 'empty'
  | 'wrong-type'
  | 'too-large'
  | 'stalled'
  | 'store';

/** Whether fetching the same link again may help, where the answer is always the same. */
const RETRYABLE: Readonly<Record<ArchiveFailure, boolean>> = {
  unreachable: true,
  gone: false,
  'http-status': true,
  truncated: true,
  empty: true,
  // Mostly an error page that came with status 200.
  'wrong-type': true,
  'too-large': false,
  stalled: true,
  store: true,
};

export interface ArchiveErrorOptions {
  readonly cause?: unknown;
  /** Where this failure differs from others of its reason. */
  readonly retryable?: boolean;
}

/** An output that was not kept; nothing of it is in the store. The message names no URL. */
export class ArchiveError extends Error {
  readonly retryable: boolean;

  constructor(
    readonly reason: ArchiveFailure,
    message: string,
    options: ArchiveErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ArchiveError';
    this.retryable = options.retryable ?? RETRYABLE[reason];
  }
}
