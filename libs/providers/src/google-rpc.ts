import { at, listAt, textAt } from './json.js';

/**
 * Reads of a google.rpc.Status, `{"error": {code, status, message, details}}`, as Vertex AI and the
 * Gemini API answer it. https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 */

/** A used-up day does not come back by waiting a minute. */
export function isDailyQuota(body: unknown, message = ''): boolean {
  const details = [...detailsOf(body, 'QuotaFailure'), ...detailsOf(body, 'ErrorInfo')];
  return /per[ _-]?day|daily/i.test(`${message} ${JSON.stringify(details)}`);
}

/** `retryDelay` of google.rpc.RetryInfo: seconds with a fraction and an `s` (`12s`, `0.5s`). */
export function retryDelayMs(body: unknown): number | undefined {
  const [info] = detailsOf(body, 'RetryInfo');
  const match = /^(\d+(?:\.\d+)?)s$/.exec(textAt(info, 'retryDelay') ?? '');
  return match ? Math.ceil(Number(match[1]) * 1000) : undefined;
}

/** `reason` of google.rpc.ErrorInfo: `API_KEY_INVALID`. */
export function reasonOf(body: unknown): string | undefined {
  return textAt(detailsOf(body, 'ErrorInfo')[0], 'reason');
}

/** A refusal of the key or the project that comes as a bad argument; its reason tells. */
export function isAboutAccess(body: unknown): boolean {
  const reasons = detailsOf(body, 'ErrorInfo').map((detail) => textAt(detail, 'reason') ?? '');
  return reasons.some((reason) => /^(API_KEY_|BILLING_|SERVICE_DISABLED|CONSUMER_)/.test(reason));
}

/**
 * FAILED_PRECONDITION is billing or region by Google's pages, in one word for both: as long as nothing in
 * the answer names the account, one model is set aside, not all of them.
 */
export function troubleOf(code: string | undefined, body: unknown): { readonly trouble?: 'model' } {
  const isPrecondition = code?.toUpperCase() === 'FAILED_PRECONDITION';
  return isPrecondition && !isAboutAccess(body) ? { trouble: 'model' } : {};
}

/** Refusals for the content mostly have no code of their own; the sentences name Google's rules. */
export function isAboutContent(message: string | undefined): boolean {
  return /usage guidelines|prohibited use|responsible ai|sensitive words|safety/i.test(
    message ?? '',
  );
}

/** Google names the operator's project in its sentences; a caller has no business with it. */
export function withoutProject(message: string | undefined): string | undefined {
  return message?.replaceAll(/projects\/[^/\s`'"]+/g, 'projects/[project]');
}

function detailsOf(body: unknown, name: string): readonly unknown[] {
  const type = `type.googleapis.com/google.rpc.${name}`;
  return listAt(body, 'error', 'details').filter((detail) => at(detail, '@type') === type);
}
