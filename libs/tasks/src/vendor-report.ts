import type { ProviderError } from '@app/errors';
import type { TroubleVerdict } from './after-trouble.js';

/**
 * How a vendor fared with one call. `ok`: it answered sensibly, a refusal of what the caller sent
 * included. `throttled`: HTTP 429. `fault`: unreachable, broken, or it cannot be told whose fault it was.
 */
export interface VendorReport {
  readonly provider: string;
  readonly account: string;
  readonly model: string;
  readonly outcome: 'ok' | 'fault' | 'throttled';
  readonly retryAfterMs?: number;
  /** The vendor took a job: the account is well, and may use the model. */
  readonly taken?: true;
}

/** A vendor refused an account of ours (`ProviderError.trouble`). */
export interface VendorTrouble extends Pick<VendorReport, 'provider' | 'account' | 'model'> {
  readonly scope: 'account' | 'model';
  /** What the vendor answered; no secret. */
  readonly why: string;
}

/** Takes reports on vendors, for breakers and limits. Never throws. */
export interface VendorReports {
  report(event: VendorReport): Promise<void>;
  /** Before the task's end is decided. */
  trouble(event: VendorTrouble): Promise<TroubleVerdict>;
}

/** What a submit that failed says about the vendor. */
export function outcomeOf(error: ProviderError): Pick<VendorReport, 'outcome' | 'retryAfterMs'> {
  const { accepted, retryable, status, taskError, retryAfterMs } = error;
  if (taskError === 'MODEL_UNAVAILABLE') return { outcome: 'fault' };
  if (status === 429) {
    return { outcome: 'throttled', ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
  if (taskError === 'CONTENT_REJECTED') return { outcome: 'ok' };
  if (accepted === 'unknown') return { outcome: 'fault' };
  if (status === undefined) return { outcome: retryable ? 'fault' : 'ok' };
  return { outcome: status >= 500 || OUR_ACCOUNT.has(status) ? 'fault' : 'ok' };
}

/** Wrong key, nothing left to pay with, not allowed. */
const OUR_ACCOUNT: ReadonlySet<number> = new Set([401, 402, 403]);
