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
  const message = textAt(answer.body, 'error', 'message') ?? textAt(answer.body, 'error');
  return refusal(answer, kindOf(answer.status, { code, type, message }), { code, message });
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

interface Told {
  readonly code: string | undefined;
  readonly type: string | undefined;
  readonly message: string | undefined;
}

function kindOf(status: number, { code, type, message }: Told): RefusalKind {
  if (mayHaveActed(status)) return 'broken';
  const told = KIND_OF_CODE.get(code ?? '') ?? KIND_OF_CODE.get(type ?? '');
  if (told) return told;
  const isContent = status === 403 && ABOUT_CONTENT.test(`${code} ${type} ${message}`);
  return isContent ? 'content' : kindOfStatus(status);
}

/**
 * Imitators have words of their own, and a bare 403 is about our account: were a refused prompt taken for
 * that, one caller's words would keep the model from everybody.
 */
const ABOUT_CONTENT = /moderat|flagged|content.?(policy|filter)|safety system/i;
