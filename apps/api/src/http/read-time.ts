import { isRFC3339 } from 'class-validator';
import { fieldRefusal, shown } from './field-refusal.js';

/**
 * A time as answers have it, in Unix seconds (a number, or its digits), or as RFC 3339.
 * @throws GatewayError INVALID_REQUEST naming the parameter or field
 */
export function readTime(value: unknown, name: string): Date {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value) : '';
  const isSeconds = /^\d{1,11}$/.test(text);
  const time = isSeconds ? new Date(Number(text) * 1000) : new Date(text);
  // A leap second, for one, is RFC 3339 and no `Date`.
  if ((isSeconds || isRFC3339(text)) && !Number.isNaN(time.getTime())) return time;
  const says = `takes Unix seconds or a time like 2026-11-01T00:00:00Z, not ${shown(value)}`;
  throw fieldRefusal(name, says);
}
