import type { ProviderError } from '@app/errors';
import { at, listAt, textAt } from '../json.js';
import { kindOfStatus, mayHaveActed, refusal, type RefusalKind } from '../refusal.js';
import type { VendorAnswer } from '../vendor-call.js';

/** What a google.rpc.Status (`{"error": {code, status, message, details}}`) means. */
export function vertexError(answer: VendorAnswer): ProviderError {
  const code = textAt(answer.body, 'error', 'status');
  const message = textAt(answer.body, 'error', 'message');
  return refusal(answer, kindOf(answer, code, message), {
    code,
    message,
    retryAfterMs: retryDelayMs(answer.body),
  });
}

/** Refusals for the content have no code of their own; the vendor's sentences name its rules. */
export function isAboutContent(message: string | undefined): boolean {
  return /usage guidelines|responsible ai|sensitive words|safety (filter|setting)/i.test(
    message ?? '',
  );
}

function kindOf(answer: VendorAnswer, code?: string, message?: string): RefusalKind {
  if (mayHaveActed(answer.status)) return 'broken';
  if (code === 'FAILED_PRECONDITION') return 'account';
  if (answer.status === 400 && isAboutContent(message)) return 'content';
  if (answer.status === 429 && isDailyQuota(answer.body)) return 'account';
  return kindOfStatus(answer.status);
}

/** A used-up day does not come back by waiting a minute. */
function isDailyQuota(body: unknown): boolean {
  const details = listAt(body, 'error', 'details').filter((detail) =>
    isOfType(detail, 'QuotaFailure'),
  );
  return /per ?day/i.test(JSON.stringify(details));
}

/** `retryDelay` of google.rpc.RetryInfo: seconds with a fraction and an `s` (`12s`, `0.5s`). */
function retryDelayMs(body: unknown): number | undefined {
  const info = listAt(body, 'error', 'details').find((detail) => isOfType(detail, 'RetryInfo'));
  const match = /^(\d+(?:\.\d+)?)s$/.exec(textAt(info, 'retryDelay') ?? '');
  return match ? Math.ceil(Number(match[1]) * 1000) : undefined;
}

function isOfType(detail: unknown, name: string): boolean {
  return at(detail, '@type') === `type.googleapis.com/google.rpc.${name}`;
}
