import { ProviderError, type ProviderErrorDetails } from '@app/errors';
import { retryAfterMs } from './retry-after.js';
import type { VendorAnswer } from './vendor-call.js';

/**
 * What an answer that is no success means; each kind has its own consequence:
 * - `content`: the vendor's moderation said no. Final, and the caller's to change.
 * - `account`: key, access or balance of the gateway's own account. Final until an operator acts.
 * - `missing`: the vendor does not know the model or the job.
 * - `throttled`: not taken now; the same request may be taken later.
 * - `request`: the vendor finds the request itself wrong. Final.
 * - `broken`: nobody knows. The job may run, and bill.
 */
export type RefusalKind = 'content' | 'account' | 'missing' | 'throttled' | 'request' | 'broken';

/** What the vendor itself says about it, in its own words. */
export interface VendorFault {
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /**
   * Of the kind `account`, where the vendor's code tells better than its status (403: the model alone)
   * how much of the account is refused.
   */
  readonly trouble?: 'account' | 'model';
}

/** The kind where a vendor's own code says nothing better. */
export function kindOfStatus(status: number): RefusalKind {
  if (mayHaveActed(status)) return 'broken';
  if (status === 429) return 'throttled';
  if (status === 404) return 'missing';
  if (status === 401 || status === 402 || status === 403) return 'account';
  return 'request';
}

/**
 * Statuses after which the vendor may have taken the job all the same: success and redirects that
 * cannot be read, a time-out or conflict at the vendor, a cancelled call (499), and every 5xx.
 */
export function mayHaveActed(status: number): boolean {
  return status < 400 || status === 408 || status === 409 || status === 499 || status >= 500;
}

/** The error an adapter throws for an answer of that kind. */
export function refusal(
  answer: VendorAnswer,
  kind: RefusalKind,
  fault: VendorFault,
): ProviderError {
  return new ProviderError(describe(answer, kind, fault), {
    ...CONSEQUENCE[kind],
    status: answer.status,
    providerCode: fault.code === undefined ? undefined : answer.clean(fault.code),
    retryAfterMs: fault.retryAfterMs ?? retryAfterMs(answer.headers, Date.now()),
    trouble: troubleOf(answer.status, kind, fault),
  });
}

/** A model that the vendor does not know for this account is a matter of access as well. */
function troubleOf(
  status: number,
  kind: RefusalKind,
  { trouble }: VendorFault,
): 'account' | 'model' | undefined {
  if (kind === 'missing') return 'model';
  if (kind !== 'account') return undefined;
  return trouble ?? (status === 403 || status === 404 ? 'model' : 'account');
}

/** An answer that says yes and lacks what it must hold: the job may run, and bill. */
export function unreadable(answer: VendorAnswer, lacks: string): ProviderError {
  const message = `${answer.vendor} answered HTTP ${answer.status} without ${lacks}`;
  return new ProviderError(message, { ...CONSEQUENCE.broken, status: answer.status });
}

type Consequence = Pick<ProviderErrorDetails, 'accepted' | 'retryable' | 'taskError'>;

const CONSEQUENCE: Readonly<Record<RefusalKind, Consequence>> = {
  content: { accepted: 'no', retryable: false, taskError: 'CONTENT_REJECTED' },
  account: { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' },
  missing: { accepted: 'no', retryable: false, taskError: 'MODEL_UNAVAILABLE' },
  throttled: { accepted: 'no', retryable: true },
  request: { accepted: 'no', retryable: false },
  broken: { accepted: 'unknown', retryable: true },
};

const SENTENCE: Readonly<Record<RefusalKind, string>> = {
  content: "'s moderation refused the request",
  account: " refused the gateway's account; an operator must look at its key, access and balance",
  missing: ' does not know what was asked for',
  throttled: ' is not taking requests now',
  request: ' refused the request',
  broken: ' did not say what became of the request',
};

/** The vendor's own words, except about the account: those may quote a key or a balance. */
function describe(answer: VendorAnswer, kind: RefusalKind, fault: VendorFault): string {
  const code = fault.code === undefined ? '' : `, ${answer.clean(fault.code)}`;
  const told = kind === 'account' || fault.message === undefined ? '' : answer.clean(fault.message);
  const detail = told === '' ? '' : `: ${told}`;
  return `${answer.vendor}${SENTENCE[kind]} (HTTP ${answer.status}${code})${detail}`;
}
