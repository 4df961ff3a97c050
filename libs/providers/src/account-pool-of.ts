import { AccountPool } from './account-pool.js';
import { environmentAccounts } from './accounts.js';
import type { CredentialStore } from './credential.store.js';
import { openCredentials, type OpenParts } from './open-credentials.js';

export interface PoolParts extends OpenParts {
  readonly store: CredentialStore;
}

/**
 * The keys of these vendors, from the environment and from the store.
 * @throws Error in one line that names the variable, when one of the limits is none
 */
export function accountPoolOf({ store, ...parts }: PoolParts): AccountPool {
  const sources = parts.providers.map((provider) => ({
    label: provider.environment.credential,
    read: environmentAccounts(provider, parts.variables),
  }));
  return new AccountPool({
    environment: () =>
      sources.flatMap(({ label, read }) => read().map((account) => ({ account, label }))),
    epoch: async () => await store.epoch(),
    stored: async () => openCredentials(await store.sealed(), parts),
  });
}
