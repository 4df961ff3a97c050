import { ERROR_CODES, type ErrorCode } from './error-codes.js';

export interface GatewayErrorOptions {
  /** Path of the offending field (`input.size`), shown as `error.param`. */
  readonly param?: string | undefined;
  /** Sent as `Retry-After`, seconds. */
  readonly retryAfterSeconds?: number;
  /** Methods that the path takes, sent as `Allow` (RFC 9110, 15.5.6). */
  readonly allow?: readonly string[];
  /** Further headers of the answer, names in lower case: how limits stand. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** The only error whose message a caller sees. Everything else is a bug and leaves as `INTERNAL`. */
export class GatewayError extends Error {
  readonly param: string | null;
  readonly retryAfterSeconds: number | undefined;
  readonly allow: readonly string[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    options: GatewayErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'GatewayError';
    this.param = options.param ?? null;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.allow = options.allow;
    this.headers = options.headers ?? {};
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }
}

/** Whether Postgres (or another dependency) was away: the same call may succeed in a moment. */
export const isUnavailable = (error: unknown): boolean =>
  error instanceof GatewayError && error.code === 'SERVICE_UNAVAILABLE';
