import { GatewayError } from '@app/errors';
import type { ProxyCall } from '../proxy-call.js';
import { readUpstream } from '../read-upstream.js';
import type { Upstreams } from '../routing/upstreams.js';
import type { ReadPage } from './object-place.js';

/** Reads further pages of the collection that this call asks for. */
export function pageReader(call: ProxyCall, upstreams: Upstreams, signal: AbortSignal): ReadPage {
  return async ({ upstream: name, account }, query) => {
    const upstream = upstreams.get(name);
    if (!upstream) return null;
    const { status, body } = await readUpstream(upstream, {
      target: `${call.target.path}${query}`,
      rawHeaders: call.headers,
      requestId: call.requestId,
      maxBytes: MAX_BYTES,
      signal,
      account,
    });
    if (status === 200) return body;
    const message = `The upstream ${name} answered ${status} when it was asked for a page of the list.`;
    throw new GatewayError('UPSTREAM_ERROR', message);
  };
}

/** Of 100 entries. */
const MAX_BYTES = 4 * 1024 * 1024;
