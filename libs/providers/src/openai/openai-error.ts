import type { ProviderError } from '@app/errors';
import { textAt } from '../json.js';
import { kindOfStatus, mayHaveActed, refusal, type RefusalKind } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';

/** What `{"error": {message, type, code}}` of an answer that is no success means. */
export function openaiError(answer: VendorAnswer): ProviderError {
  const type = textAt(answer.body, 'error', 'type');
  const code = textAt(answer.body, 'error', 'code') ?? type;
  return refusal(answer, kindOf(answer.status, code, type), {
    code,
    message: textAt(answer.body, 'error', 'message'),
  });
}

/** The codes that say more than their status. Both fields carry them, depending on the model. */
const KIND_OF_CODE: ReadonlyMap<string, RefusalKind> = new Map([
  ['moderation_blocked', 'content'],
  ['content_policy_violation', 'content'],
  ['image_generation_user_error', 'content'],
  ['insufficient_quota', 'account'],
  ['billing_hard_limit_reached', 'account'],
  ['billing_not_active', 'account'],
  ['model_not_found', 'missing'],
]);

function kindOf(status: number, code?: string, type?: string): RefusalKind {
  if (mayHaveActed(status)) return 'broken';
  return KIND_OF_CODE.get(code ?? '') ?? KIND_OF_CODE.get(type ?? '') ?? kindOfStatus(status);
}
