import { isIP } from 'node:net';
import { isInNetworks, parseNetworks } from './networks.js';
import type { TenantPolicy } from './tenant-policy.js';
import { ALLOWED, refused, type Verdict } from './verdict.js';

/** Special-purpose IPv4 space (IANA registry) and Azure's platform address, which looks public. */
const FORBIDDEN_IPV4 = parseNetworks(
  '0.0.0.0/8, 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 172.16.0.0/12, 192.0.0.0/24,' +
    '192.0.2.0/24, 192.88.99.0/24, 192.168.0.0/16, 198.18.0.0/15, 198.51.100.0/24, 203.0.113.0/24,' +
    '224.0.0.0/4, 240.0.0.0/4, 168.63.129.16/32',
);

/**
 * Only global unicast is public. Listing forbidden ranges instead would miss spellings of IPv4 inside
 * IPv6 (compatible, SIIT, ISATAP), which libraries take for ordinary addresses.
 */
const GLOBAL_UNICAST_IPV6 = parseNetworks('2000::/3');

/** Inside 2000::/3: Teredo, ORCHID and benchmarking; documentation; 6to4; documentation again. */
const FORBIDDEN_IPV6 = parseNetworks('2001::/23, 2001:db8::/32, 2002::/16, 3fff::/20');

/**
 * Whether a socket to `ip` is allowed. `ip` is an address as a resolver or a socket gives it, not a
 * host of a URL; whatever does not parse strictly is refused.
 */
export function judgeAddress(ip: string, policy: Pick<TenantPolicy, 'allowedNetworks'>): Verdict {
  if (isInNetworks(ip, policy.allowedNetworks)) return ALLOWED;
  return isPublicAddress(ip)
    ? ALLOWED
    : refused('the address is not on the public internet, nor in a network this gateway allows');
}

/**
 * The verdict on address and port together: our own ports are off limits inside allowed networks, our
 * own public address outside them.
 */
export function judgeEndpoint(ip: string, port: number, policy: TenantPolicy): Verdict {
  if (isInNetworks(ip, policy.allowedNetworks)) {
    return policy.ownPorts.includes(port) ? refusedOwnPort(port) : ALLOWED;
  }
  if (policy.ownHosts.includes(ip)) return refused('the address is this gateway itself');
  return judgeAddress(ip, policy);
}

export const refusedOwnPort = (port: number): Verdict & { allowed: false } =>
  refused(`port ${port} belongs to this gateway itself; use the port of your own receiver`);

function isPublicAddress(ip: string): boolean {
  const version = isIP(ip);
  if (version === 4) return !isInNetworks(ip, FORBIDDEN_IPV4);
  return isInNetworks(ip, GLOBAL_UNICAST_IPV6) && !isInNetworks(ip, FORBIDDEN_IPV6);
}
