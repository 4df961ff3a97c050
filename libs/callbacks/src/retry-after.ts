/**
 * Reads `Retry-After`, seconds or an HTTP date (RFC 9110, section 10.2.3), as seconds from `now`;
 * undefined when absent or unreadable, because a receiver's mistake is no reason to fail.
 */
export function retryAfterSeconds(
  header: string | readonly string[] | undefined,
  now: Date,
): number | undefined {
  const text = (typeof header === 'string' ? header : header?.[0])?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}
