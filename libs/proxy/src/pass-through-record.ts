import { GatewayError, type ErrorCode } from '@app/errors';
import type { Explanation } from './explain/explanation.js';

/** What one exchange was, for its audit row. The caller adds who, when and how long. */
export interface PassThroughRecord {
  /** Of the answer; 499 when the caller left before there was one (nobody received it). */
  readonly status: number;
  /** Our own error, also one that cut a running answer; null for whatever the upstream answered. */
  readonly errorCode: ErrorCode | null;
  /** As the request names it, else as the answer does. */
  readonly model: string | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly tokensCached: number | null;
  /** What it cost, as far as that is known when it is over. */
  readonly costUsd: number | null;
  /** Bytes of the request's body that came in. */
  readonly bytesIn: number;
  /** Bytes of the answer's body that were handed to the caller's connection. */
  readonly bytesOut: number;
  /** From the start of the exchange to the upstream's answer head; null where there was none. */
  readonly ttfbMs: number | null;
  /** The answer is an event stream, or one was asked for. */
  readonly stream: boolean;
  /** The one that answered, else the one that was asked last. */
  readonly upstream: string;
  /** The caller hung up, or was hung up on by the signal, before the answer was complete. */
  readonly clientGone: boolean;
  /** The upstream broke off in the middle of its answer. */
  readonly upstreamCut: boolean;
  /** Null: it was refused before anything was decided. */
  readonly explanation: Explanation | null;
}

/** An exchange that failed before anything was written: the caller still gets a whole error answer. */
export class PassThroughError extends GatewayError {
  constructor(
    error: GatewayError,
    readonly record: PassThroughRecord,
    /** Asking again could be billed twice: answer with `x-should-retry: false`. */
    readonly mayHaveRun: boolean,
    /** How the limits stand; the error's own headers win. */
    limits: Readonly<Record<string, string>> = {},
  ) {
    super(error.code, error.message, {
      cause: error,
      param: error.param ?? undefined,
      headers: { ...limits, ...error.headers },
      ...(error.retryAfterSeconds === undefined
        ? {}
        : { retryAfterSeconds: error.retryAfterSeconds }),
    });
    this.name = 'PassThroughError';
  }
}

/** nginx's word for a caller who left before the answer. */
export const CLIENT_GONE_STATUS = 499;
