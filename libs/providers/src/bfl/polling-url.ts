/**
 * Where to ask for a job: the address the vendor gave, because a job lives in one of its clusters; its
 * general one where it gave none, or one that is nobody's to name. An answer is not to be trusted with
 * the key, nor with whose word counts: whoever is asked says which file is fetched and what it costs.
 */
export function pollingUrlOf(given: string | undefined, id: string, baseUrl: string): string {
  const url = URL.parse(given ?? '');
  if (url && isVendors(url, baseUrl)) return url.href;
  return `${baseUrl}/get_result?id=${encodeURIComponent(id)}`;
}

/** `https://*.bfl.ai`, or the very origin that the operator configured. */
function isVendors(url: URL, baseUrl: string): boolean {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return false;
  if (url.username !== '' || url.password !== '') return false;
  if (url.origin === URL.parse(baseUrl)?.origin) return true;
  return url.protocol === 'https:' && /(^|\.)bfl\.ai$/.test(url.hostname);
}
