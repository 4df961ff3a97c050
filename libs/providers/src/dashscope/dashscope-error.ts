import type { ProviderError } from '@app/errors';
import { textAt } from '../json.js';
import { kindOfStatus, refusal, type RefusalKind } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';

/** What the flat `{code, message, request_id}` means, whatever status carries it. */
export function dashscopeError(answer: VendorAnswer): ProviderError {
  const code = textAt(answer.body, 'code');
  return refusal(answer, kindOf(answer.status, code), {
    code,
    message: textAt(answer.body, 'message'),
  });
}

/** The moderation's codes also come as the reason of a task that failed. */
export function isModerationCode(code: string | undefined): boolean {
  return code !== undefined && /DataInspection/i.test(code);
}

/** Codes by their beginning; the vendor adds suffixes (`Throttling.RateQuota`). First match wins. */
const KIND_OF_CODE: readonly (readonly [prefix: string, kind: RefusalKind])[] = [
  ['Throttling', 'throttled'],
  ['LimitRequests', 'throttled'],
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
function kindOf(status: number, code: string | undefined): RefusalKind {
  const byStatus = kindOfStatus(status);
  if (code === undefined || (byStatus === 'broken' && status !== 200)) return byStatus;
  if (isModerationCode(code)) return 'content';
  return KIND_OF_CODE.find(([prefix]) => code.startsWith(prefix))?.[1] ?? byStatus;
}
