import {
  isOnHostOf,
  OutboundError,
  type Door,
  type DoorResponse,
  type DoorTimeouts,
} from '@app/outbound';
import { ArchiveError, type ArchiveFailure } from './archive-error.js';

export interface DownloadRequest {
  /** Out of a vendor's answer: untrusted. */
  readonly url: string;
  /** Credentials; sent to the host of `trustedBaseUrl` alone. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The vendor's configured base URL. */
  readonly trustedBaseUrl: string;
  readonly timeouts: DoorTimeouts;
  readonly signal?: AbortSignal | undefined;
}

/** Vendors' file links redirect to their store; every hop is judged like the first. */
const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const GONE: ReadonlySet<number> = new Set([403, 404, 410]);

/** Opens a vendor's file. @throws ArchiveError, or the OutboundError of our own abort */
export async function openDownload(door: Door, request: DownloadRequest): Promise<DoorResponse> {
  let { url } = request;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
    const answer = await get(door, url, request);
    if (!REDIRECTS.has(answer.status)) return accepted(answer);
    answer.body.destroy();
    url = nextUrl(url, answer.headers['location']);
  }
  throw new ArchiveError('http-status', `The link redirects more than ${MAX_REDIRECTS} times.`, {
    retryable: false,
  });
}

/** What a failure on the way means for the archive, before and after the answer began. */
export function archiveErrorOf(error: OutboundError, phase: 'asking' | 'reading'): Error {
  if (error.kind === 'aborted') return error;
  const reason: ArchiveFailure = phase === 'asking' ? 'unreachable' : READING[error.kind];
  // The tenant reads this: no address and no code of our own machinery.
  return new ArchiveError(reason, SAID[reason] ?? error.message, {
    cause: error,
    retryable: error.kind !== 'refused-address' && error.kind !== 'too-large',
  });
}

const READING: Readonly<Record<OutboundError['kind'], ArchiveFailure>> = {
  'refused-address': 'unreachable',
  unresolved: 'unreachable',
  connect: 'unreachable',
  reset: 'truncated',
  timeout: 'stalled',
  'too-large': 'too-large',
  aborted: 'unreachable',
};

const SAID: Readonly<Partial<Record<ArchiveFailure, string>>> = {
  unreachable: 'The link could not be reached.',
  truncated: 'The connection broke before the whole output had come.',
  stalled: 'The output came too slowly.',
};

async function get(door: Door, url: string, request: DownloadRequest): Promise<DoorResponse> {
  const { trustedBaseUrl, timeouts, signal } = request;
  // A base URL with https must not send its credentials in the clear because an answer says http.
  const isOwn =
    isOnHostOf(url, trustedBaseUrl) &&
    (url.startsWith('https:') || !trustedBaseUrl.startsWith('https:'));
  try {
    return await door.request({
      url,
      method: 'GET',
      headers: { ...(isOwn ? request.headers : {}), 'accept-encoding': 'identity' },
      addressClass: { kind: 'vendor-answer', trustedBaseUrl },
      timeouts,
      signal,
    });
  } catch (error) {
    throw error instanceof OutboundError ? archiveErrorOf(error, 'asking') : error;
  }
}

function accepted(answer: DoorResponse): DoorResponse {
  const { status, body, headers } = answer;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (status === 200 && encoding === 'identity') return answer;
  body.destroy();
  if (status === 200) {
    throw new ArchiveError('wrong-type', `The output came encoded (${String(encoding)}), unasked.`);
  }
  if (GONE.has(status)) throw new ArchiveError('gone', `The link has expired: HTTP ${status}.`);
  const retryable = status >= 500 || status === 429 || status === 408 || status === 425;
  throw new ArchiveError('http-status', `The link answered HTTP ${status}.`, { retryable });
}

function nextUrl(url: string, location: string | string[] | undefined): string {
  const next = typeof location === 'string' ? URL.parse(location, url) : null;
  if (next && !(url.startsWith('https:') && next.protocol === 'http:')) return next.href;
  throw new ArchiveError('http-status', 'The link redirects to nowhere that may be followed.', {
    retryable: false,
  });
}
