import { type Network, parseNetworks } from './networks.js';

/** Where tenants' URLs may point besides the public internet, and what of ours they may never reach. */
export interface TenantPolicy {
  /** Not public, but allowed (`CALLBACK_ALLOWED_NETWORKS`). */
  readonly allowedNetworks: readonly Network[];
  /** Ports of our own parts; refused on every address inside the allowed networks. */
  readonly ownPorts: readonly number[];
  /** Our own names and addresses as the outside knows them, without ports. */
  readonly ownHosts: readonly string[];
}

/** The strictest policy: the public internet and nothing else. */
export const PUBLIC_ONLY: TenantPolicy = { allowedNetworks: [], ownPorts: [], ownHosts: [] };

export interface TenantPolicySettings {
  /** CIDRs, comma separated. */
  readonly allowedNetworks: string;
  readonly ownPorts: readonly number[];
  /** Where the outside reaches this gateway. */
  readonly publicUrl: string;
}

/** @throws RangeError naming an entry that is not a network */
export function tenantPolicy(settings: TenantPolicySettings): TenantPolicy {
  return {
    allowedNetworks: parseNetworks(settings.allowedNetworks),
    ownPorts: settings.ownPorts,
    ownHosts: [new URL(settings.publicUrl).hostname.replaceAll(/[[\]]/g, '')],
  };
}
