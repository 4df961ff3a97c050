import type { ProviderError } from '@app/errors';
import {
  isAboutAccess,
  isAboutContent,
  isDailyQuota,
  reasonOf,
  retryDelayMs,
  troubleOf,
  withoutProject,
} from '../google-rpc.js';
import { textAt } from '../json.js';
import { kindOfStatus, mayHaveActed, refusal, type RefusalKind } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';

/**
 * What an answer that is no success means. The Interactions API has words of its own in `error.code`
 * (https://ai.google.dev/gemini-api/docs/api-errors); all else answers a google.rpc.Status, whose
 * `code` is the HTTP status and whose word is in `status`.
 */
export function geminiError(answer: VendorAnswer): ProviderError {
  const { body } = answer;
  const code = textAt(body, 'error', 'code') ?? textAt(body, 'error', 'status');
  const message = withoutProject(textAt(body, 'error', 'message'));
  return refusal(answer, kindOf(answer, code, message), {
    code: reasonOf(body) ?? code,
    message,
    retryAfterMs: retryDelayMs(body),
    ...troubleOf(code, body),
  });
}

/** Words of the Interactions API for what its moderation refused: `image_safety`, `content_blocked`, … */
export function isContentCode(code: string | undefined): boolean {
  return /safety|blocked|prohibited|blocklist|recitation|spii|moderat/.test(code ?? '');
}

/** A bad key is a 400 like any bad field. */
export function isAboutKey({ body }: VendorAnswer): boolean {
  const isWord = textAt(body, 'error', 'code') === 'authentication';
  const message = textAt(body, 'error', 'message') ?? '';
  return isWord || isAboutAccess(body) || /^API key (not valid|expired)/.test(message);
}

function kindOf(answer: VendorAnswer, code = '', message = ''): RefusalKind {
  const { status, body } = answer;
  if (mayHaveActed(status)) return 'broken';
  if (isContentCode(code)) return 'content';
  if (isAboutKey(answer)) return 'account';
  if (status === 400 && isAboutContent(message)) return 'content';
  const known = KINDS[code];
  if (known) return known;
  if (status === 429 && isDailyQuota(body, message)) return 'account';
  return kindOfStatus(status);
}

/** `quota_exceeded` is the day's quota, which no minute's wait brings back. */
const KINDS: Readonly<Record<string, RefusalKind>> = {
  FAILED_PRECONDITION: 'account',
  failed_precondition: 'account',
  authentication: 'account',
  payment_required: 'account',
  permission_denied: 'account',
  quota_exceeded: 'account',
  rate_limit_exceeded: 'throttled',
  model_not_found: 'missing',
  not_found: 'missing',
  invalid_request: 'request',
  parameter_unknown: 'request',
  out_of_range: 'request',
};
