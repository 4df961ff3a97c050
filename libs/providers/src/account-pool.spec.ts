import { beforeEach, describe, expect, it } from 'vitest';
import { AccountPool, type StoredAccount } from './account-pool.js';
import { accountOfKey, environmentAccounts } from './accounts.js';
import { bfl } from './bfl/bfl.provider.js';
import type { Credential } from './credential.js';

const values = { BFL_API_KEY: 'env-1' };
const variables = {
  text: () => undefined,
  secret: (name: string) =>
    name === 'BFL_API_KEY' ? { reveal: () => values.BFL_API_KEY } : undefined,
};

const state = { epoch: '1', stored: [] as StoredAccount[], away: false, reads: 0 };

function storedKey(key: string, fields: Partial<Credential> = {}): StoredAccount {
  const account = accountOfKey(bfl, variables, { key, baseUrl: null, weight: 1 });
  if (typeof account === 'string') throw new Error(account);
  const credential: Credential = {
    id: `cred_${key}`,
    provider: 'bfl',
    label: key,
    account: account.id,
    weight: 1,
    baseUrl: null,
    state: 'active',
    step: 0,
    stepSeconds: 60,
    replaces: null,
    unanswered: 0,
    refusal: null,
    note: null,
    hasSecret: true,
    version: 0,
    createdAt: new Date(),
    since: new Date(),
    steps: [],
    ...fields,
  };
  return { credential, account };
}

let pool: AccountPool;
beforeEach(() => {
  Object.assign(state, { epoch: '1', stored: [], away: false, reads: 0 });
  values.BFL_API_KEY = 'env-1';
  const read = environmentAccounts(bfl, variables);
  pool = new AccountPool({
    environment: () => read().map((account) => ({ account, label: 'BFL_API_KEY' })),
    epoch: async () => {
      if (state.away) throw new Error('Postgres is away');
      return state.epoch;
    },
    stored: async () => {
      state.reads += 1;
      return state.stored;
    },
  });
});

const keys = async (): Promise<readonly string[]> =>
  await Promise.all(pool.ready().map(async (account) => await account.credential()));

describe('AccountPool', () => {
  it('has the keys of the environment from the start, also while the store is away', async () => {
    state.away = true;

    await expect(pool.refresh()).rejects.toThrow('away');
    expect(await keys()).toEqual(['env-1']);
    values.BFL_API_KEY = 'env-2';
    await expect(pool.refresh()).rejects.toThrow('away');

    expect(await keys()).toEqual(['env-2']);
  });

  it('has stored keys beside them, and reads them again only when one has changed', async () => {
    state.stored = [storedKey('kept')];
    await pool.refresh();
    await pool.refresh();

    expect(await keys()).toEqual(['kept', 'env-1']);
    expect(state.reads).toBe(1);
    state.stored = [];
    await pool.refresh();
    expect(await keys()).toEqual(['kept', 'env-1']);
    state.epoch = '2';
    await pool.refresh();
    expect(await keys()).toEqual(['env-1']);
  });

  it('goes on with the stored keys it knows while the store is away', async () => {
    state.stored = [storedKey('kept')];
    await pool.refresh();
    state.away = true;

    await expect(pool.refresh()).rejects.toThrow('away');

    expect(await keys()).toEqual(['kept', 'env-1']);
  });

  it('gives no new work to a key that is taken away, and still knows it, with its own key', async () => {
    const [before] = pool.ready();
    values.BFL_API_KEY = 'env-2';
    await pool.refresh();

    expect(await keys()).toEqual(['env-2']);
    const gone = pool.find(before?.id ?? '');
    expect(gone).toMatchObject({ state: 'gone', weight: 0, label: 'BFL_API_KEY' });
    expect(await gone?.credential()).toBe('env-1');
    expect(pool.all()).toHaveLength(2);
  });

  it('does not keep a stored key that was erased', async () => {
    const one = storedKey('kept', { state: 'draining' });
    state.stored = [one];
    await pool.refresh();
    Object.assign(state, { epoch: '2', stored: [] });
    await pool.refresh();

    expect(pool.find(one.account.id)).toBeNull();
  });

  it('forgets a key that is gone and refused, and no other', async () => {
    const [before] = pool.ready();
    values.BFL_API_KEY = 'env-2';
    await pool.refresh();
    const [now] = pool.ready();

    for (const account of [before, now]) pool.forgetGone(account?.id ?? '');

    expect(pool.find(before?.id ?? '')).toBeNull();
    expect(pool.find(now?.id ?? '')).not.toBeNull();
  });

  it('gives work again to a key that comes back', async () => {
    values.BFL_API_KEY = 'env-2';
    await pool.refresh();
    values.BFL_API_KEY = 'env-1';
    await pool.refresh();

    expect(await keys()).toEqual(['env-1']);
    expect(pool.all().map((one) => one.state)).toEqual(['active', 'gone']);
  });

  it('remembers no more than a hundred that are gone', async () => {
    for (let index = 0; index < 150; index += 1) {
      values.BFL_API_KEY = `rotated-${index}`;
      await pool.refresh();
    }

    expect(pool.all()).toHaveLength(101);
  });

  it.each(['probing', 'draining', 'returned'] as const)(
    'gives no work to a stored key that is %s, and answers under it',
    async (is) => {
      const one = storedKey('kept', { state: is });
      state.stored = [one];
      await pool.refresh();

      expect(await keys()).toEqual(['env-1']);
      expect(pool.find(one.account.id)).toMatchObject({ state: is, source: 'stored' });
    },
  );

  it('counts a key of the environment that is stored too once, as the environment’s', async () => {
    state.stored = [storedKey('env-1', { state: 'draining' })];
    await pool.refresh();

    expect(pool.all()).toHaveLength(1);
    expect(pool.ready()).toMatchObject([{ source: 'environment', weight: 1 }]);
  });
});
