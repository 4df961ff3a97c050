import { isIP } from 'node:net';
import { isInNetworks, type Network } from '@app/outbound';
import type { FastifyInstance } from 'fastify';

/**
 * Notes where each request came from, for policy, limits and audit alike. At once: a socket whose
 * caller has left does not know it any more.
 */
export function noteClientIps(fastify: FastifyInstance, trusted: readonly Network[]): void {
  fastify.addHook('onRequest', async (request) => {
    const forwarded = [request.headers['x-forwarded-for'] ?? []].flat().join(',');
    const clientIp = clientIpOf(request.raw.socket.remoteAddress, forwarded, trusted);
    if (clientIp !== null) request.clientIp = clientIp;
  });
}

/**
 * The address that a call came from: that of the connection, unless it is a trusted proxy's. Then what
 * that proxy was connected to by, and so on: in `X-Forwarded-For` from the right, each proxy adds the
 * address that it saw, so the first one from there that is no trusted proxy's is the caller; whatever
 * stands left of it the caller may have written itself. An entry that is no address ends the search.
 * Null: the connection is gone already.
 */
export function clientIpOf(
  remoteAddress: string | undefined,
  forwardedFor: string,
  trusted: readonly Network[],
): string | null {
  let client = addressOf(remoteAddress ?? '');
  if (client === null || trusted.length === 0 || forwardedFor === '') return client;
  let rest = forwardedFor;
  while (rest !== '' && isInNetworks(client, trusted)) {
    const comma = rest.lastIndexOf(',');
    const next = addressOf(rest.slice(comma + 1).trim());
    if (next === null) break;
    client = next;
    rest = rest.slice(0, Math.max(comma, 0));
  }
  return client;
}

/** One spelling for one address: without port, brackets, zone, or IPv6 around an IPv4 address. */
function addressOf(text: string): string | null {
  const ip =
    /^\[([^\]]*)\](?::\d{1,5})?$/.exec(text)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(text)?.[1] ?? text;
  const bare = ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '').replace(/%.*$/s, '');
  return isIP(bare) === 0 ? null : bare;
}
