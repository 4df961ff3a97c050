import { at, listAt, textAt } from './json.js';

/** Reads of a google.rpc.Status: `{"error": {code, status, message, details}}`. */

/** A used-up day does not come back by waiting a minute. */
export function isDailyQuota(body: unknown): boolean {
  const failures = detailsOf(body).filter((detail) => isOfType(detail, 'QuotaFailure'));
  return /per ?day/i.test(JSON.stringify(failures));
}

/** `retryDelay` of google.rpc.RetryInfo: seconds with a fraction and an `s` (`12s`, `0.5s`). */
export function retryDelayMs(body: unknown): number | undefined {
  const info = detailsOf(body).find((detail) => isOfType(detail, 'RetryInfo'));
  const match = /^(\d+(?:\.\d+)?)s$/.exec(textAt(info, 'retryDelay') ?? '');
  return match ? Math.ceil(Number(match[1]) * 1000) : undefined;
}

/** `reason` of google.rpc.ErrorInfo: `API_KEY_INVALID`. */
export function reasonOf(body: unknown): string | undefined {
  return textAt(
    detailsOf(body).find((detail) => isOfType(detail, 'ErrorInfo')),
    'reason',
  );
}

/** Refusals for the content mostly have no code of their own; the sentences name Google's rules. */
export function isAboutContent(message: string | undefined): boolean {
  return /usage guidelines|prohibited use|responsible ai|sensitive words|safety/i.test(
    message ?? '',
  );
}

/** gRPC codes (google/rpc/code.proto) that another try may cure: deadline, quota, internal, unavailable. */
export const RETRYABLE_RPC_CODES: ReadonlySet<number> = new Set([4, 8, 13, 14]);

const detailsOf = (body: unknown): readonly unknown[] => listAt(body, 'error', 'details');

const isOfType = (detail: unknown, name: string): boolean =>
  at(detail, '@type') === `type.googleapis.com/google.rpc.${name}`;
