import { headerValue, type RawHeaders } from './raw-headers.js';

/**
 * How long an answer asks to wait, milliseconds; null where it does not say or says nothing sensible.
 * `retry-after-ms` (OpenAI's own) is finer and goes first; `retry-after` is seconds or a date
 * (RFC 9110 §10.2.3).
 */
export function retryAfterMs(headers: RawHeaders, nowMs: number): number | null {
  const fine = nonNegative(headerValue(headers, 'retry-after-ms'));
  if (fine !== null) return fine;
  const text = headerValue(headers, 'retry-after');
  const seconds = nonNegative(text);
  if (seconds !== null) return seconds * 1000;
  const date = text !== undefined && WEEKDAY.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

/** All three forms of a date begin with it; what else parses as one (`-1`) is none. */
const WEEKDAY = /^\s*[a-z]{3}/i;

function nonNegative(text: string | undefined): number | null {
  if (text === undefined || !/^\s*\d+(\.\d+)?\s*$/.test(text)) return null;
  return Number(text);
}
