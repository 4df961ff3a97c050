import type { ProviderError } from '@app/errors';
import { textAt } from '../json.js';
import { kindOfStatus, refusal, type RefusalKind, type VendorFault } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';

/** What `{error: {code, message, param, type}}` means: https://docs.byteplus.com/en/docs/modelark/error-codes */
export function arkError(answer: VendorAnswer): ProviderError {
  return arkRefusal(answer, faultAt(answer.body, 'error'));
}

/** The same for a fault that was found elsewhere in an answer: in one picture of several. */
export function arkRefusal(answer: VendorAnswer, fault: VendorFault): ProviderError {
  const { code, message } = fault;
  const kind = kindOf(answer.status, code, message);
  const wait = code === 'QuotaExceeded' && kind === 'throttled' ? QUOTA_WAIT_MS : undefined;
  const isTold = ['retry-after', 'retry-after-ms'].some((name) => answer.headers[name]);
  return refusal(answer, kind, { code, message, retryAfterMs: isTold ? undefined : wait });
}

/** `{code, message}` at a place of an answer. */
export function faultAt(body: unknown, ...path: readonly (string | number)[]): VendorFault {
  return { code: textAt(body, ...path, 'code'), message: textAt(body, ...path, 'message') };
}

/**
 * The moderation's codes, of a refusal, a task or one picture; they have suffixes
 * (`InputImageSensitiveContentDetected.PrivacyInformation`).
 */
export function isModerationCode(code: string | undefined): boolean {
  return code !== undefined && MODERATION.test(code);
}

const MODERATION = /SensitiveContentDetected|PolicyViolation|PrivacyInformation|SevereViolation/;

/** Too many of the account's jobs wait there: nothing that a second would change. */
const QUOTA_WAIT_MS = 60_000;

/** Codes by their beginning; the vendor adds suffixes. First match wins. */
const KIND_OF_CODE: readonly (readonly [prefix: string, kind: RefusalKind])[] = [
  ['AuthenticationError', 'account'],
  ['InvalidAccountStatus', 'account'],
  ['InvalidSubscription', 'account'],
  ['AccountOverdueError', 'account'],
  ['AccessDenied', 'account'],
  // What is asked of a job that is not in the state for it; no word about the account.
  ['OperationDenied.InvalidState', 'request'],
  ['OperationDenied.UnsupportedPhase', 'request'],
  ['OperationDenied', 'account'],
  ['ModelNotOpen', 'account'],
  ['InvalidEndpoint.ClosedEndpoint', 'account'],
  ['InvalidEndpointOrModel.ModelIDAccessDisabled', 'account'],
  ['InvalidEndpointOrModel', 'missing'],
  ['UnsupportedModel', 'missing'],
  ['NotFound', 'missing'],
  ['ResourceNotFound', 'missing'],
  // The operator's own spending limit at the vendor: paused until it is raised there.
  ['SetLimitExceeded', 'account'],
  ['RateLimitExceeded', 'throttled'],
  ['ModelAccount', 'throttled'],
  ['APIAccount', 'throttled'],
  ['AccountRateLimitExceeded', 'throttled'],
  ['InflightBatchsizeExceeded', 'throttled'],
  ['ServerOverloaded', 'throttled'],
  ['QuotaExceeded', 'throttled'],
  ['InvalidParameter', 'request'],
  ['InvalidArgumentError', 'request'],
  ['InvalidImageURL', 'request'],
  ['MissingParameter', 'request'],
  ['OutofContextError', 'request'],
];

/**
 * 5xx, 408 and 409 stay unknown whatever their code says, and so does a 200 with a code that is not in
 * the table. `QuotaExceeded` is two things by one name: a trial that is used up, or a queue that is full.
 */
function kindOf(
  status: number,
  code: string | undefined,
  message: string | undefined,
): RefusalKind {
  const byStatus = kindOfStatus(status);
  if (code === undefined || (byStatus === 'broken' && status !== 200)) return byStatus;
  if (isModerationCode(code)) return 'content';
  if (code === 'QuotaExceeded' && /free trial/i.test(message ?? '')) return 'account';
  return KIND_OF_CODE.find(([prefix]) => code.startsWith(prefix))?.[1] ?? byStatus;
}
