import type { ProviderError } from '@app/errors';
import { textAt } from './json.js';
import { kindOfStatus, mayHaveActed, refusal, type RefusalKind } from './refusal.js';
import type { VendorAnswer } from './vendor-call.js';

/**
 * What `{"error": {message, type, code}}` means: OpenAI's envelope, which its imitators copy. Where they
 * say nothing more, the status decides.
 */
export function openaiWireError(answer: VendorAnswer): ProviderError {
  const type = textAt(answer.body, 'error', 'type');
  const code = textAt(answer.body, 'error', 'code') ?? type;
  return refusal(answer, kindOf(answer.status, code, type), {
    code,
    message: textAt(answer.body, 'error', 'message') ?? textAt(answer.body, 'error'),
  });
}

/** Whether a code of that envelope says that moderation refused a prompt or withheld a result. */
export function isModerationCode(code: string | undefined): boolean {
  return KIND_OF_CODE.get(code ?? '') === 'content';
}

/** The codes that say more than their status. Both fields carry them, depending on the model. */
const KIND_OF_CODE: ReadonlyMap<string, RefusalKind> = new Map([
  ['moderation_blocked', 'content'],
  ['content_policy_violation', 'content'],
  ['content_filter', 'content'],
  ['image_generation_user_error', 'content'],
  ['insufficient_quota', 'account'],
  ['billing_hard_limit_reached', 'account'],
  ['billing_not_active', 'account'],
  ['invalid_api_key', 'account'],
  ['account_deactivated', 'account'],
  ['organization_deactivated', 'account'],
  ['model_not_found', 'missing'],
]);

function kindOf(status: number, code?: string, type?: string): RefusalKind {
  if (mayHaveActed(status)) return 'broken';
  return KIND_OF_CODE.get(code ?? '') ?? KIND_OF_CODE.get(type ?? '') ?? kindOfStatus(status);
}
