import type { Network } from './networks.js';

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
