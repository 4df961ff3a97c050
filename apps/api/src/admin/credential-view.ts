import type { Credential, PooledAccount } from '@app/providers';

const seconds = (time: Date): number => Math.floor(time.getTime() / 1_000);

/** The share of its vendor's new work that an account has now. */
export function shareOf(account: PooledAccount | undefined, all: readonly PooledAccount[]): number {
  if (!account || account.weight === 0) return 0;
  const mine = all.filter(({ provider }) => provider.id === account.provider.id);
  const total = mine.reduce((sum, { weight }) => sum + weight, 0);
  return Math.round((account.weight / total) * 10_000) / 10_000;
}

export interface ViewFacts {
  /** The pool of this process. */
  readonly pool: readonly PooledAccount[];
  readonly inFlight: ReadonlyMap<string, number>;
}

export function storedView(credential: Credential, { pool, inFlight }: ViewFacts) {
  const { id, provider, label, account, state, weight, baseUrl, replaces, note } = credential;
  const own = pool.find(({ credentialId }) => credentialId === id);
  return {
    id,
    provider,
    label,
    source: 'stored',
    account,
    state,
    weight,
    share: shareOf(own, pool),
    baseUrl,
    replaces,
    inFlight: inFlight.get(account) ?? 0,
    note,
    createdAt: seconds(credential.createdAt),
    since: seconds(credential.since),
  };
}

export function environmentView(account: PooledAccount, { pool, inFlight }: ViewFacts) {
  return {
    id: account.id,
    provider: account.provider.id,
    label: account.label,
    source: 'environment',
    account: account.id,
    state: account.state === 'gone' ? 'draining' : account.state,
    weight: account.weight,
    share: shareOf(account, pool),
    baseUrl: null,
    replaces: null,
    inFlight: inFlight.get(account.id) ?? 0,
    note: account.state === 'gone' ? 'taken away; answers for what was begun under it' : null,
    createdAt: null,
    since: null,
  };
}
