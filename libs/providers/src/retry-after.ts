/**
 * How long a vendor asks to wait, milliseconds: `retry-after-ms` (OpenAI), else `Retry-After` as
 * seconds or as a date (RFC 9110, 10.2.3). Undefined where neither can be read.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string | undefined>>,
  nowMs: number,
): number | undefined {
  const exact = readNumber(headers['retry-after-ms']);
  if (exact !== undefined) return Math.ceil(exact);
  const text = headers['retry-after'];
  const seconds = readNumber(text);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const at = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}
