import type { StoredAccount } from './account-pool.js';
import { accountOfKey, type Variables } from './accounts.js';
import type { Provider } from './provider.js';
import type { SealedCredential, SealedKey } from './credential.store.js';

/** What a secret is sealed as; each row's own id goes with it. */
export const CREDENTIAL_PURPOSE = 'credential';

export interface OpenParts {
  readonly providers: readonly Provider[];
  readonly variables: Variables;
  /** @throws Error when it cannot be opened */
  readonly open: (
    context: { readonly purpose: string; readonly rowId: string },
    sealed: SealedKey,
  ) => string;
  /** For the operator: a key that is stored and cannot be used. */
  readonly onUnusable: (credentialId: string, error: unknown) => void;
}

/** The accounts of stored keys; one that cannot be used takes no other with it. */
export function openCredentials(
  rows: readonly SealedCredential[],
  { providers, variables, open, onUnusable }: OpenParts,
): readonly StoredAccount[] {
  return rows.flatMap((credential) => {
    const { id: rowId, provider: providerId, sealed, baseUrl, weight } = credential;
    try {
      const provider = providers.find(({ id }) => id === providerId);
      if (!provider) throw new Error(`There is no provider ${providerId}`);
      const key = open({ purpose: CREDENTIAL_PURPOSE, rowId }, sealed);
      const account = accountOfKey(provider, variables, { key, baseUrl, weight });
      if (typeof account === 'string') throw new Error(account);
      return [{ credential, account }];
    } catch (error) {
      onUnusable(rowId, error);
      return [];
    }
  });
}
