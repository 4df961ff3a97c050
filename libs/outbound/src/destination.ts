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
    throw new OutboundError('refused-address', `Address refused: ${verdict.reason}.`, false);
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
 * The addresses that may be dialled, in the resolver's order. One forbidden answer refuses them all:
 * a mixed answer is an attack, or a mistake that hits one time in two.
 * @throws OutboundError `unresolved` or `refused-address`
 */
export async function vettedAddresses(
  destination: Destination,
  resolve: { readonly trusted: ResolveName; readonly foreign: ResolveName },
): Promise<readonly string[]> {
  const { host, port, policy } = destination;
  if (policy === null) return isIP(host) === 0 ? await lookUp(host, host, resolve.trusted) : [host];
  const addresses = await foreignAddresses(host, policy, resolve.foreign);
  const verdicts = addresses.map((ip) => judgeEndpoint(ip, port, policy));
  const refusal = verdicts.find((verdict) => !verdict.allowed);
  if (refusal?.allowed === false) {
    throw new OutboundError(
      'refused-address',
      `Address of ${host} refused: ${refusal.reason}.`,
      false,
    );
  }
  return addresses;
}

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

async function foreignAddresses(
  host: string,
  policy: TenantPolicy,
  resolve: ResolveName,
): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host];
  if (host === 'localhost') return localhostAddresses(policy.allowedNetworks);
  // A single label passed the name's verdict only where private networks are allowed: there it is
  // the search domains that give it its meaning.
  return await lookUp(host, host.includes('.') ? `${host}.` : host, resolve);
}

async function lookUp(
  host: string,
  query: string,
  resolve: ResolveName,
): Promise<readonly string[]> {
  const addresses = await resolve(query).catch((cause: unknown) => {
    throw new OutboundError('unresolved', `The name ${host} could not be resolved.`, false, {
      cause,
    });
  });
  if (addresses.length > 0) return addresses;
  throw new OutboundError('unresolved', `The name ${host} has no address.`, false);
}
