/**
 * The query without what holds the caller's own key: some programs send it in a parameter besides the
 * header, and the upstream must not have it, nor tell of it in an answer. Byte for byte the same where it
 * is not there. A key so short that other values could be alike (INTERNAL_KEYS has such) is not looked for.
 */
export function withoutKey(query: string, key: string | null): string {
  if (key === null || key.length < SHORTEST || query === '') return query;
  const parts = query.slice(1).split('&');
  const kept = parts.filter((part) => !decoded(part).includes(key));
  if (kept.length === parts.length) return query;
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

const SHORTEST = 16;

/** Latin-1, as keys are ASCII; what is no escape stands for itself. */
const decoded = (text: string): string =>
  text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
