import { judgedTarget } from './judged-target.js';
import { upstreamRequestHeaders } from './request-headers.js';
import { retryAfterMs } from './retry-after.js';
import type { UpstreamAccounts } from './upstream-accounts.js';
import type { UpstreamClient } from './upstream-client.js';
import { UpstreamFailure } from './upstream-failure.js';

export interface UpstreamRead {
  readonly status: number;
  readonly body: Buffer;
}

export interface ReadUpstreamParts {
  readonly client: UpstreamClient;
  readonly accounts: UpstreamAccounts;
  /** Path and query, below `/v1`. */
  readonly target: string;
  /** A larger answer is given up. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * An answer of the upstream that the gateway reads itself: asked once, with one of the upstream's keys
 * and nothing of the caller's.
 * @throws GatewayError, or the signal's reason
 */
export async function readUpstream(parts: ReadUpstreamParts): Promise<UpstreamRead> {
  const { client, accounts, maxBytes, signal } = parts;
  const target = judgedTarget(parts.target);
  const lease = accounts.take();
  try {
    const headers = upstreamRequestHeaders(['accept', 'application/json'], lease.key);
    const answer = await client.forward({ ...target, method: 'GET', headers, body: null, signal });
    if (KEY_REFUSED.has(answer.status)) lease.rest(retryAfterMs(answer.headers, Date.now()));
    return { status: answer.status, body: await readAll(answer.body, maxBytes) };
  } finally {
    lease.release();
  }
}

async function readAll(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new UpstreamFailure('UPSTREAM_ERROR', TOO_LARGE, false);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const KEY_REFUSED: ReadonlySet<number> = new Set([401, 429]);
const TOO_LARGE = 'The upstream answered with more than can be read.';
