import type { Door, DoorResponse, DoorTimeouts } from '@app/outbound';
import { MediaError } from './media-error.js';
import { mediaErrorOf, readMedia, tooLarge } from './read-media.js';

export interface FetchMedia {
  /** The tenant's: judged by the door, at every hop. */
  readonly url: string;
  /** Only from where anybody could fetch it. */
  readonly publicOnly: boolean;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

const TIMEOUTS: DoorTimeouts = {
  connectMs: 10_000,
  headersMs: 30_000,
  idleMs: 30_000,
  totalMs: 300_000,
};
const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** The bytes behind a tenant's URL. @throws MediaError, or the OutboundError of our own abort */
export async function fetchMedia(door: Door, request: FetchMedia): Promise<Buffer> {
  let { url } = request;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const answer = await get(door, url, request);
    if (!REDIRECTS.has(answer.status)) return await read(answer, request.maxBytes);
    answer.body.destroy();
    url = nextUrl(url, answer.headers['location']);
  }
  throw new MediaError(`it redirects more than ${MAX_REDIRECTS} times`, false);
}

async function get(door: Door, url: string, request: FetchMedia): Promise<DoorResponse> {
  try {
    return await door.request({
      url,
      method: 'GET',
      headers: { 'accept-encoding': 'identity' },
      addressClass: { kind: 'tenant', publicOnly: request.publicOnly },
      timeouts: TIMEOUTS,
      maxBytes: request.maxBytes,
      signal: request.signal,
    });
  } catch (error) {
    throw mediaErrorOf(error, request.maxBytes);
  }
}

async function read({ status, headers, body }: DoorResponse, maxBytes: number): Promise<Buffer> {
  const encoding = headers['content-encoding'] ?? 'identity';
  const isTooLarge = Number(headers['content-length'] ?? 0) > maxBytes;
  if (status === 200 && encoding === 'identity' && !isTooLarge) {
    return await readMedia(body, maxBytes);
  }
  body.destroy();
  if (status !== 200) {
    const transient = status >= 500 || status === 429 || status === 408 || status === 425;
    throw new MediaError(`its server answered HTTP ${status}`, transient);
  }
  if (isTooLarge) throw tooLarge(maxBytes);
  throw new MediaError('it came compressed, unasked', false);
}

function nextUrl(url: string, location: string | string[] | undefined): string {
  const next = typeof location === 'string' ? URL.parse(location, url) : null;
  if (next && !(url.startsWith('https:') && next.protocol === 'http:')) return next.href;
  throw new MediaError('it redirects to nowhere that may be followed', false);
}
