import type { ProviderError } from '@app/errors';
import { at, listAt, textAt } from '../json.js';
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
  });
}

/** Refusals for the content have no code of their own; the vendor's sentences name its rules. */
export function isAboutContent(message: string | undefined): boolean {
  return /usage guidelines|responsible ai|sensitive words|safety (filter|setting)/i.test(
    message ?? '',
  );
}

/** The vendor names the operator's project in its sentences; a caller has no business with it. */
export function withoutProject(message: string | undefined): string | undefined {
  return message?.replaceAll(/projects\/[^/\s`'"]+/g, 'projects/[project]');
}

function kindOf(answer: VendorAnswer, code?: string, message?: string): RefusalKind {
  if (mayHaveActed(answer.status)) return 'broken';
  if (code === 'FAILED_PRECONDITION' || isAboutKey(answer.body)) return 'account';
  if (answer.status === 400 && isAboutContent(message)) return 'content';
  if (answer.status === 429 && isDailyQuota(answer.body, message)) return 'account';
  return kindOfStatus(answer.status);
}

/** A refusal of the key or the project that comes as a bad argument; ErrorInfo names the reason. */
function isAboutKey(body: unknown): boolean {
  const reasons = detailsOf(body, 'ErrorInfo').map((detail) => textAt(detail, 'reason') ?? '');
  return reasons.some((reason) => /^(API_KEY_|BILLING_|SERVICE_DISABLED|CONSUMER_)/.test(reason));
}

/** A used-up day does not come back by waiting a minute. */
function isDailyQuota(body: unknown, message = ''): boolean {
  const details = [...detailsOf(body, 'QuotaFailure'), ...detailsOf(body, 'ErrorInfo')];
  return /per[ _-]?day|daily/i.test(`${message} ${JSON.stringify(details)}`);
}

/** `retryDelay` of google.rpc.RetryInfo: seconds with a fraction and an `s` (`12s`, `0.5s`). */
function retryDelayMs(body: unknown): number | undefined {
  const [info] = detailsOf(body, 'RetryInfo');
  const match = /^(\d+(?:\.\d+)?)s$/.exec(textAt(info, 'retryDelay') ?? '');
  return match ? Math.ceil(Number(match[1]) * 1000) : undefined;
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto */
function detailsOf(body: unknown, name: string): readonly unknown[] {
  const type = `type.googleapis.com/google.rpc.${name}`;
  return listAt(body, 'error', 'details').filter((detail) => at(detail, '@type') === type);
}
