import { isIP } from 'node:net';
import { judgeEndpoint } from './address-verdict.js';
import type { AddressClass } from './door.js';
import type { ResolveName } from './name-resolver.js';
import { localhostAddresses } from './name-verdict.js';
import { OutboundError } from './outbound-error.js';
import { PUBLIC_ONLY, type TenantPolicy } from './tenant-policy.js';
import { hostOf, isOnHostOf, judgeUrlOfClass, portOf } from './url-verdict.js';

/** Where a request may go: the parsed URL and what its class still demands of the addresses. */
export interface Destination {
  readonly url: URL;
  readonly host: string;
  readonly port: number;
  /** What the addresses are judged by; `null`: the operator chose the host, any address will do. */
  readonly policy: TenantPolicy | null;
}

/** Parses and judges a URL by its text. @throws OutboundError `refused-address` */
export function destinationOf(
  text: string,
  addressClass: AddressClass,
  tenants: TenantPolicy,
): Destination {
  const policy = tenantsOf(addressClass, tenants);
  const verdict = judgeUrlOfClass(text, addressClass, policy);
  if (!verdict.allowed) {
    throw new OutboundError('refused-address', `Address refused: ${verdict.reason}.`, false, {
      reason: 'refused-url',
    });
  }
  const { url } = verdict;
  return {
    url,
    host: hostOf(url),
    port: portOf(url),
    policy: policyFor(text, addressClass, policy),
  };
}

/**
 * The addresses of a destination, in the resolver's order.
 * @throws OutboundError `unresolved`
 */
export async function addressesOf(
  { host, policy }: Destination,
  resolve: Resolvers,
  asker?: Asker,
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  if (policy === null) return await lookUp(host, () => resolve.trusted(host));
  if (host === 'localhost') return localhostAddresses(policy.allowedNetworks);
  // A single label passed the name's verdict only where private networks are allowed: there it is
  // the system's search domains that give it its meaning.
  if (!host.includes('.')) return await lookUp(host, () => resolve.trusted(host));
  return await lookUp(host, () => resolve.foreign(`${host}.`, asker?.ended));
}

/** Who waits for the addresses, and until when. */
export interface Asker {
  readonly ended: AbortSignal;
}

/** Who is asked for names: of the operator's own network, and of somebody else's choice. */
export interface Resolvers {
  readonly trusted: ResolveName;
  readonly foreign: ResolveName;
}

/** More addresses than an honest name has; each could be one to try. */
const MAX_ADDRESSES = 16;

/**
 * Judges what may be dialled. One forbidden answer refuses them all: a mixed answer is an attack, or a
 * mistake that hits one time in two.
 * @throws OutboundError `refused-address`
 */
export function judgeAddresses(
  { host, port, policy }: Destination,
  addresses: readonly string[],
): void {
  if (policy === null) return;
  if (addresses.length > MAX_ADDRESSES) {
    throw blocked(host, `it has more than ${MAX_ADDRESSES} addresses`);
  }
  for (const ip of addresses) {
    const verdict = judgeEndpoint(ip, port, policy);
    if (!verdict.allowed) throw blocked(host, verdict.reason);
  }
}

const blocked = (host: string, why: string): OutboundError =>
  new OutboundError('refused-address', `Address of ${host} refused: ${why}.`, false, {
    reason: 'blocked',
  });

function policyFor(
  text: string,
  addressClass: AddressClass,
  tenants: TenantPolicy,
): TenantPolicy | null {
  switch (addressClass.kind) {
    case 'operator':
      return null;
    case 'vendor-answer':
      return isOnHostOf(text, addressClass.trustedBaseUrl) ? null : PUBLIC_ONLY;
    case 'tenant':
      return tenants;
  }
}

/** What tenants may reach in this request. */
function tenantsOf(addressClass: AddressClass, tenants: TenantPolicy): TenantPolicy {
  return addressClass.kind === 'tenant' && addressClass.publicOnly === true
    ? { ...tenants, allowedNetworks: [] }
    : tenants;
}

async function lookUp(host: string, ask: () => ReturnType<ResolveName>) {
  const addresses = await ask().catch((cause: unknown) => {
    throw unresolved(`The name ${host} could not be resolved.`, cause);
  });
  if (addresses.length > 0) return addresses;
  throw unresolved(`The name ${host} has no address.`);
}

const unresolved = (message: string, cause?: unknown): OutboundError =>
  new OutboundError('unresolved', message, false, { cause, reason: 'unresolved' });
