import type { TaskErrorCode } from './error-codes.js';

export interface ProviderErrorDetails {
  /**
   * Whether the vendor may have taken the job. `no`: it certainly did not (refused, never reached).
   * `unknown`: it may run and bill; sending again could pay twice.
   */
  readonly accepted: 'no' | 'unknown';
  /** Whether the same request may succeed later (throttled, overloaded, unreachable). */
  readonly retryable: boolean;
  /** The vendor's HTTP status, when one arrived. */
  readonly status?: number | undefined;
  /** The vendor's own code, kept for the caller as `providerCode`. */
  readonly providerCode?: string | undefined;
  /** How long the vendor asks to wait, milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** What the task's error becomes when this one is final; default `TASK_FAILED`. */
  readonly taskError?: TaskErrorCode;
  /**
   * An account of ours is refused, and an operator must act: the whole account (key, balance), or its
   * access to the model that was asked for. Nothing is wrong with the request.
   */
  readonly trouble?: 'account' | 'model' | undefined;
  readonly cause?: unknown;
}

/** What an adapter throws. `accepted` decides whether a submit may ever be sent again. */
export class ProviderError extends Error {
  readonly accepted: 'no' | 'unknown';
  readonly retryable: boolean;
  readonly status: number | undefined;
  readonly providerCode: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly taskError: TaskErrorCode;
  readonly trouble: 'account' | 'model' | undefined;

  constructor(message: string, details: ProviderErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ProviderError';
    this.accepted = details.accepted;
    this.retryable = details.retryable;
    this.status = details.status;
    this.providerCode = details.providerCode;
    this.retryAfterMs = details.retryAfterMs;
    this.taskError = details.taskError ?? 'TASK_FAILED';
    this.trouble = details.trouble;
  }
}
