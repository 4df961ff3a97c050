import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An address range; `text` is how the operator wrote it. */
export interface Network {
  readonly text: string;
  readonly address: ipaddr.IPv4 | ipaddr.IPv6;
  readonly prefixBits: number;
}

/**
 * Reads a comma separated list of CIDRs (`127.0.0.0/8, ::1/128`); a lone address is a range of one.
 * @throws RangeError naming the entry that is not a network, and what is accepted
 */
export function parseNetworks(text: string): readonly Network[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => parseNetwork(entry));
}

/** Whether `ip` lies in one of the networks; IPv4-mapped IPv6 spellings never match an IPv4 range. */
export function isInNetworks(ip: string, networks: readonly Network[]): boolean {
  if (isIP(ip) === 0 || ip.includes('%')) return false;
  const address = ipaddr.parse(ip);
  return networks.some(
    (network) =>
      network.address.kind() === address.kind() &&
      address.match(network.address, network.prefixBits),
  );
}

/**
 * As what a client's address counts: IPv6 by its /64, which is what one customer has, IPv4-mapped IPv6 as
 * the IPv4 that it is. What is no address counts as itself.
 */
export function clientRange(ip: string): string {
  if (isIP(ip) === 0 || ip.includes('%')) return ip;
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/64`).toString()}/64`;
}

/** Whether a range holds nothing but this machine's own loopback addresses. */
export function isLoopbackNetwork(network: Network): boolean {
  const smallestBits = network.address.kind() === 'ipv4' ? 8 : 128;
  return network.address.range() === 'loopback' && network.prefixBits >= smallestBits;
}

function parseNetwork(entry: string): Network {
  const [ip = '', prefix, ...rest] = entry.split('/');
  const version = isIP(ip);
  const largestBits = version === 4 ? 32 : 128;
  const prefixBits = prefix === undefined ? largestBits : Number(prefix);
  const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && prefixBits <= largestBits);
  if (version === 0 || ip.includes('%') || !isPrefix || rest.length > 0) {
    throw new RangeError(
      `"${entry}" is not a network; accepted are CIDRs such as 10.0.0.0/8 or fd00::/8, comma separated`,
    );
  }
  return { text: entry, address: ipaddr.parse(ip), prefixBits };
}
