import { judgedTarget } from './judged-target.js';
import { keepHeaders, type RawHeaders } from './raw-headers.js';
import { upstreamRequestHeaders } from './request-headers.js';
import { clientResponseHeaders } from './response-headers.js';
import { retryAfterMs } from './retry-after.js';
import type { UpstreamAccounts } from './upstream-accounts.js';
import type { UpstreamClient } from './upstream-client.js';
import { UpstreamFailure } from './upstream-failure.js';

export interface UpstreamRead {
  readonly status: number;
  /** Those that a caller may see, but for what they say of the body. */
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

/** A caller's GET that the gateway answers with what it reads. */
export interface ReadRequest {
  /** The raw request target: path and query, byte for byte. */
  readonly target: string;
  readonly rawHeaders: RawHeaders;
  readonly requestId: string;
  /** A larger answer is given up. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** The upstream's key that has what is read; any other where that is gone. Default: any. */
  readonly account?: string;
}

interface Upstream {
  readonly client: UpstreamClient;
  readonly accounts: UpstreamAccounts;
}

/**
 * An answer of the upstream that the gateway reads itself: asked once, with the caller's headers as the
 * pass-through would send them, and whole.
 * @throws GatewayError, or the signal's reason
 */
export async function readUpstream(
  { client, accounts }: Upstream,
  request: ReadRequest,
): Promise<UpstreamRead> {
  const { maxBytes, signal, requestId } = request;
  const target = judgedTarget(request.target);
  const lease = accounts.take(request.account ?? null);
  try {
    const sent = keepHeaders(request.rawHeaders, (name) => !OF_PARTS_AND_BODIES.has(name));
    const headers = upstreamRequestHeaders(sent, lease.key);
    const answer = await client.forward({ ...target, method: 'GET', headers, body: null, signal });
    lease.answered(answer.status, retryAfterMs(answer.headers, Date.now()));
    const { status } = answer;
    const shown = clientResponseHeaders(answer.headers, { status, requestId });
    return {
      status,
      headers: keepHeaders(shown, (name) => !OF_THE_BODY.has(name)),
      body: await readAll(answer.body, maxBytes),
    };
  } finally {
    lease.release();
  }
}

/** @throws UpstreamFailure for more than these */
export async function readAll(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new UpstreamFailure('UPSTREAM_ERROR', TOO_LARGE, false);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Would have a part answered, or nothing; and there is no body to tell of. */
const OF_PARTS_AND_BODIES: ReadonlySet<string> = new Set([
  'if-none-match',
  'if-modified-since',
  'if-match',
  'if-unmodified-since',
  'if-range',
  'range',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
]);

const OF_THE_BODY: ReadonlySet<string> = new Set([
  'content-length',
  'content-type',
  'content-encoding',
  'etag',
  'last-modified',
  'accept-ranges',
]);

const TOO_LARGE = 'The upstream answered with more than can be read.';
