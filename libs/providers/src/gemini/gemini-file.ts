import { textAt } from '../json.js';
import type { ProviderContext, VendorOutput } from '../provider.js';
import { isTooLarge } from '../transport-error.js';
import { callVendor, type VendorAnswer } from '../vendor-call.js';
import { GEMINI_TITLE, KEY_HEADER } from './gemini-call.js';
import { geminiError } from './gemini-error.js';

/** A film as an answer names it: its bytes, or where they are. */
export type Film = { readonly bytes: Buffer } | { readonly uri: string };

export type Fetched =
  | { readonly state: 'here'; readonly output: VendorOutput }
  | { readonly state: 'not-yet' }
  /** It will never come. */
  | { readonly state: 'lost'; readonly reason: string };

/**
 * The film itself. A file of the Files API needs the key, which the download of an ordinary link never
 * carries, so it is fetched here (https://ai.google.dev/api/files). The key goes to the configured
 * origin alone: not to another host that an answer names, nor along a redirect. @throws ProviderError
 */
export async function fetchFilm(film: Film, context: ProviderContext): Promise<Fetched> {
  if ('bytes' in film) return here(film.bytes);
  const url = URL.parse(film.uri);
  if (!url || !/^https?:$/.test(url.protocol)) return lost('its address cannot be read');
  const file = isOwn(url, context) ? fileOf(url) : undefined;
  const state = file && (await stateOf(file.metadata, context));
  if (state === 'PROCESSING') return { state: 'not-yet' };
  if (state === 'FAILED') return lost('the vendor could not keep its file');
  return await download(file?.content ?? url, context);
}

const here = (bytes: Buffer): Fetched => ({ state: 'here', output: { from: 'bytes', bytes } });
const lost = (reason: string): Fetched => ({ state: 'lost', reason });

const isOwn = (url: URL, { baseUrl }: ProviderContext): boolean =>
  url.origin === URL.parse(baseUrl)?.origin;

/** A file's two addresses out of any of them: with or without `:download`. */
function fileOf(url: URL): { readonly metadata: URL; readonly content: URL } | undefined {
  const [, path] = /^(.*\/v1(?:beta)?\/files\/[\w.-]+)(?::download)?$/.exec(url.pathname) ?? [];
  if (path === undefined) return undefined;
  return {
    metadata: new URL(path, url.origin),
    content: new URL(`${path}:download?alt=media`, url.origin),
  };
}

/** `PROCESSING`, `ACTIVE`, `FAILED`; undefined where the host does not tell: then the download shows. */
async function stateOf(metadata: URL, context: ProviderContext): Promise<string | undefined> {
  const answer = await callVendor(context, {
    vendor: GEMINI_TITLE,
    method: 'GET',
    url: metadata.href,
    headers: (key) => ({ [KEY_HEADER]: key }),
  });
  return textAt(answer.body, 'state');
}

/** Google's own redirects are one hop, to its storage. */
const MAX_HOPS = 3;

/** In memory; 15 seconds at 4k are some 100 MB. */
export const MAX_FILM_BYTES = 256 * 1024 * 1024;

async function download(from: URL, context: ProviderContext): Promise<Fetched> {
  let url = from;
  for (let hop = 0; hop <= MAX_HOPS; hop += 1) {
    const answer = await getFile(url, hop === 0 && isOwn(url, context), context);
    if (answer === 'too-large') return lost('it is larger than this gateway takes');
    if (Buffer.isBuffer(answer.body)) return here(answer.body);
    const next = redirectOf(answer, url);
    if (!next) return notThere(answer, hop === 0 && !isOwn(url, context));
    url = next;
  }
  return lost('its address only redirects');
}

/** Another host that does not give it without our key never will. */
function notThere(answer: VendorAnswer, isForeign: boolean): Fetched {
  if (isForeign && FINAL.has(answer.status)) {
    return lost(`its address, at another host, answers HTTP ${answer.status}`);
  }
  throw geminiError(answer);
}

const FINAL: ReadonlySet<number> = new Set([400, 401, 403, 404, 410]);

async function getFile(
  url: URL,
  withKey: boolean,
  context: ProviderContext,
): Promise<VendorAnswer | 'too-large'> {
  try {
    return await callVendor(context, {
      vendor: GEMINI_TITLE,
      method: 'GET',
      url: url.href,
      headers: (key): Record<string, string> => (withKey ? { [KEY_HEADER]: key } : {}),
      bytes: { maxBytes: MAX_FILM_BYTES },
    });
  } catch (error) {
    if (isTooLarge(error)) return 'too-large';
    throw error;
  }
}

/** Never from https to http. */
function redirectOf({ status, headers }: VendorAnswer, from: URL): URL | undefined {
  if (status < 300 || status > 399) return undefined;
  const next = URL.parse(headers['location'] ?? '', from.href);
  if (!next || !/^https?:$/.test(next.protocol)) return undefined;
  return from.protocol === 'https:' && next.protocol === 'http:' ? undefined : next;
}
