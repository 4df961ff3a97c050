import { isInNetworks, isLoopbackNetwork, type Network } from './networks.js';
import { ALLOWED, refused, type Verdict } from './verdict.js';

/** Endings that mean something only inside one network. */
const INTERNAL_ENDINGS = [
  'local',
  'localdomain',
  'internal',
  'intranet',
  'home.arpa',
  'home',
  'lan',
  'corp',
  'svc',
  'cluster.local',
];

/** Names of cloud metadata services, refused whatever the operator allows. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.google.internal',
  'metadata.goog',
]);

/**
 * The verdict on a host name by its text alone; its addresses are judged when it is dialled. `name`
 * is lower-case and without a trailing dot. Names of a private network are taken only where the
 * operator allows a network other than loopback.
 */
export function judgeName(name: string, allowedNetworks: readonly Network[]): Verdict {
  const labels = name.split('.');
  if (name.length > 253 || labels.some((label) => label.length === 0 || label.length > 63)) {
    return refused('the host name is not valid: at most 253 characters, 1 to 63 between dots');
  }
  if (METADATA_NAMES.has(name)) return refused(`${name} is a metadata service`);
  if (name === 'localhost') {
    return localhostAddresses(allowedNetworks).length > 0
      ? ALLOWED
      : refused('localhost is this gateway itself; use a host on the public internet');
  }
  if (name.endsWith('.localhost')) return refused('names under localhost are not taken');
  return isInternal(name, labels) && allowedNetworks.every((network) => isLoopbackNetwork(network))
    ? refused(`${name} is a name of a private network; use a host on the public internet`)
    : ALLOWED;
}

/**
 * What `localhost` stands for where loopback is allowed: fixed (RFC 6761), never asked of a resolver.
 */
export function localhostAddresses(allowedNetworks: readonly Network[]): readonly string[] {
  return ['127.0.0.1', '::1'].filter((ip) => isInNetworks(ip, allowedNetworks));
}

function isInternal(name: string, labels: readonly string[]): boolean {
  return labels.length === 1 || INTERNAL_ENDINGS.some((ending) => name.endsWith(`.${ending}`));
}
