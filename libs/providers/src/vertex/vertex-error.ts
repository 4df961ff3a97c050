import type { ProviderError } from '@app/errors';
import {
  isAboutAccess,
  isAboutContent,
  isDailyQuota,
  retryDelayMs,
  troubleOf,
  withoutProject,
} from '../google-rpc.js';
import { textAt } from '../json.js';
import { kindOfStatus, mayHaveActed, refusal, type RefusalKind } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';

/** What a google.rpc.Status (`{"error": {code, status, message, details}}`) means. */
export function vertexError(answer: VendorAnswer): ProviderError {
  const code = textAt(answer.body, 'error', 'status');
  const message = withoutProject(textAt(answer.body, 'error', 'message'));
  return refusal(answer, kindOf(answer, code, message), {
    code,
    message,
    retryAfterMs: retryDelayMs(answer.body),
    ...troubleOf(code, answer.body),
  });
}

function kindOf(answer: VendorAnswer, code?: string, message?: string): RefusalKind {
  if (mayHaveActed(answer.status)) return 'broken';
  if (code === 'FAILED_PRECONDITION' || isAboutAccess(answer.body)) return 'account';
  if (answer.status === 400 && isAboutContent(message)) return 'content';
  if (answer.status === 429 && isDailyQuota(answer.body, message)) return 'account';
  return kindOfStatus(answer.status);
}
