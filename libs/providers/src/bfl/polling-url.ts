/**
 * Where to ask for a job: the address the vendor gave, because a job lives in one of its clusters;
 * its general one where it gave none, or none that can be called.
 */
export function pollingUrlOf(given: string | undefined, id: string, baseUrl: string): string {
  const url = parse(given ?? '');
  return url ? url.href : `${baseUrl}/get_result?id=${encodeURIComponent(id)}`;
}

/**
 * Whether the key may go there: to `https://*.bfl.ai`, or to the very origin that the operator
 * configured. The address comes out of an answer, and an answer is not to be trusted with a key.
 */
export function mayCarryKey(url: string, baseUrl: string): boolean {
  const target = parse(url);
  if (!target) return false;
  if (target.origin === parse(baseUrl)?.origin) return true;
  return target.protocol === 'https:' && /(^|\.)bfl\.ai$/.test(target.hostname);
}

function parse(text: string): URL | undefined {
  const url = URL.parse(text);
  return url && (url.protocol === 'https:' || url.protocol === 'http:') ? url : undefined;
}
