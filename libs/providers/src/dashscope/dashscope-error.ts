import type { ProviderError } from '@app/errors';
import { textAt } from '../json.js';
import { kindOfStatus, refusal, type RefusalKind } from '../refusal.js';
import { retryAfterMs } from '../retry-after.js';
import type { VendorAnswer } from '../vendor-call.js';

/** What the flat `{code, message, request_id}` means, whatever status carries it. */
export function dashscopeError(answer: VendorAnswer): ProviderError {
  const code = textAt(answer.body, 'code');
  const message = textAt(answer.body, 'message');
  return refusal(answer, kindOf(answer.status, code, message), {
    code,
    message,
    retryAfterMs: isAllocation(code)
      ? (retryAfterMs(answer.headers, Date.now()) ?? ALLOCATION_MS)
      : undefined,
  });
}

/**
 * What a code means by itself; undefined for one that says nothing about whose fault it is. Codes also
 * come as the reason of a task that failed.
 */
export function kindOfCode(
  code: string | undefined,
  message: string | undefined,
): RefusalKind | undefined {
  if (code === undefined) return undefined;
  if (isUnfetched(code, message)) return 'request';
  if (/DataInspection/i.test(code)) return 'content';
  return KIND_OF_CODE.find(([prefix]) => code.startsWith(prefix))?.[1];
}

/** The vendor could not fetch what the input names; its moderation words it as its own code too. */
export function isUnfetched(code: string | undefined, message: string | undefined): boolean {
  if (code === undefined) return false;
  if (/DownloadFailed/i.test(code)) return true;
  return /DataInspection/i.test(code) && /\bdownload/i.test(message ?? '');
}

/**
 * Tokens or capacity of a longer span than a second: the same request a moment later meets the same
 * answer. It says nothing about the balance.
 */
const isAllocation = (code: string | undefined): boolean =>
  code?.startsWith('Throttling.AllocationQuota') ?? false;

const ALLOCATION_MS = 60_000;

/** Codes by their beginning; the vendor adds suffixes (`Throttling.RateQuota`). First match wins. */
const KIND_OF_CODE: readonly (readonly [prefix: string, kind: RefusalKind])[] = [
  ['Throttling', 'throttled'],
  ['LimitRequests', 'throttled'],
  ['ServiceOverloaded', 'throttled'],
  ['ResourceExhausted', 'throttled'],
  ['Arrearage', 'account'],
  ['InvalidApiKey', 'account'],
  ['AccessDenied', 'account'],
  ['Model.AccessDenied', 'account'],
  ['Workspace.AccessDenied', 'account'],
  ['AllocationQuota', 'account'],
  ['PrepaidBillOverdue', 'account'],
  ['PostpaidBillOverdue', 'account'],
  ['CommodityNotPurchased', 'account'],
  ['BudgetLimitExceeded', 'account'],
  ['ModelNotFound', 'missing'],
  ['WorkSpaceNotFound', 'account'],
  ['InvalidParameter', 'request'],
  ['BadRequest', 'request'],
  ['InvalidURL', 'request'],
  ['UnsupportedOperation', 'request'],
];

/**
 * A 5xx and a 408 stay unknown whatever their code says: the vendor's `InternalError.DataInspection`
 * is no proof that nothing ran. Nor is a 200 whose code is not in the table.
 */
function kindOf(
  status: number,
  code: string | undefined,
  message: string | undefined,
): RefusalKind {
  const byStatus = kindOfStatus(status);
  if (byStatus === 'broken' && status !== 200) return byStatus;
  return kindOfCode(code, message) ?? byStatus;
}
