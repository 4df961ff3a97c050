import {
  accountOfKey,
  AccountPool,
  Catalog,
  type Credential,
  type CredentialMove,
  CredentialStore,
  type NewCredential,
  type PooledAccount,
} from '@app/providers';
import { Keyring } from '@app/tenants';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, dataOf, type OpenApi, openApi } from '../testing/open-api.js';
import { UpstreamCredentials } from './upstream-credentials.js';

const SECRET = 'the-secret-of-the-operator';

/** Rows in memory, as far as these routes go. */
class Rows extends CredentialStore {
  rows: (Credential & Pick<NewCredential, 'sealed'>)[] = [];

  async epoch(): Promise<string> {
    return String(this.rows.length);
  }

  async sealed() {
    return this.rows.filter(({ hasSecret }) => hasSecret);
  }

  async list() {
    return { now: new Date(), credentials: this.rows };
  }

  async add(added: NewCredential): Promise<void> {
    const times = { createdAt: new Date(1_790_000_000_000), since: new Date(1_790_000_000_000) };
    const fresh = { state: 'probing', step: 0, unanswered: 0, refusal: null, note: null } as const;
    this.rows.push({ ...added, ...fresh, ...times, hasSecret: true, version: 0, steps: [] });
  }

  async change(id: string, fields: { weight?: number; label?: string }): Promise<boolean> {
    this.rows = this.rows.map((row) => (row.id === id ? { ...row, ...fields } : row));
    return true;
  }

  async move(moves: readonly CredentialMove[]): Promise<boolean> {
    this.rows = this.rows.map((row) => {
      const move = moves.find(({ id }) => id === row.id);
      return move ? { ...row, ...move, version: row.version + 1, hasSecret: !move.erases } : row;
    });
    return true;
  }

  async claimProbe(): Promise<boolean> {
    return false;
  }

  async noteRefusal(): Promise<void> {}

  async inFlight(): Promise<number> {
    return 0;
  }

  async remove(id: string): Promise<boolean> {
    const before = this.rows.length;
    this.rows = this.rows.filter((row) => row.id !== id || row.hasSecret);
    return this.rows.length < before;
  }
}

const rows = new Rows();
const catalog = new Catalog();
const variables = { text: () => undefined, secret: () => undefined };
const bfl = catalog.provider('bfl');
const environment =
  bfl && accountOfKey(bfl, variables, { key: 'key-of-the-environment', baseUrl: null, weight: 1 });
if (!environment || typeof environment === 'string') throw new Error('no account');
const pool = new AccountPool({
  environment: () => [{ account: environment, label: 'BFL_API_KEY' }],
  epoch: async () => '1',
  stored: async () => [],
});
const seen = {
  now: new Date(),
  lanes: [],
  inFlight: new Map([[environment.id, 3]]),
  breakers: [],
  throttled: new Map(),
  troubles: new Map(),
  attempts: new Map(),
};
const lifted: string[] = [];
const keyring = new Keyring(Buffer.alloc(32, 1));

let api: OpenApi;
beforeAll(async () => {
  api = await openApi({
    accounts: pool,
    upstreamAccounts: { inFlight: () => new Map() },
    upstreamCredentials: new UpstreamCredentials({
      store: rows,
      accounts: pool,
      keyring,
      catalog,
      variables,
    }),
    vendorOverview: {
      read: async () => seen,
      liftTroubles: async (_provider: string, account: string) => {
        lifted.push(account);
        return [account];
      },
    },
  });
});
beforeEach(() => {
  rows.rows = [];
});
afterAll(async () => await api.close());

const ask = async (path: string, method: string, json?: unknown): Promise<Response> =>
  await api.ask(path, { key: ADMIN_TOKEN, ...(json !== undefined && { json }), method });
const BODY = { provider: 'bfl', label: 'second', secret: SECRET };

async function made(body: object = BODY): Promise<string> {
  return ((await dataOf(await ask('/admin/credentials', 'POST', body))) as { id: string }).id;
}

describe('/admin/credentials', () => {
  it('takes a key, seals it for its row, and never gives it back', async () => {
    const answers = [
      await ask('/admin/credentials', 'POST', { ...BODY, weight: 2, stepSeconds: 5 }),
    ];
    const [row] = rows.rows;
    const id = row?.id ?? '';
    answers.push(
      await ask('/admin/credentials', 'GET'),
      await ask(`/admin/credentials/${id}`, 'GET'),
    );
    const texts = await Promise.all(answers.map(async (one) => await one.text()));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(texts.join()).not.toContain(SECRET);
    expect(texts.join()).not.toContain('box');
    expect(row && keyring.open({ purpose: 'credential', rowId: id }, row.sealed)).toBe(SECRET);
    expect(
      () => row && keyring.open({ purpose: 'credential', rowId: 'cred_other' }, row.sealed),
    ).toThrow(/sealed for another row/);
    expect(row).toMatchObject({ state: 'probing', weight: 2, stepSeconds: 5, replaces: null });
  });

  it('lists the environment’s keys beside the stored ones', async () => {
    const id = await made();

    const { credentials } = (await dataOf(await ask('/admin/credentials', 'GET'))) as {
      credentials: object[];
    };

    expect(credentials).toMatchObject([
      {
        id: environment.id,
        source: 'environment',
        label: 'BFL_API_KEY',
        state: 'active',
        share: 1,
        inFlight: 3,
      },
      {
        id,
        source: 'stored',
        label: 'second',
        state: 'probing',
        share: 0,
        createdAt: 1_790_000_000,
      },
    ]);
    expect(JSON.stringify(credentials)).not.toContain('key-of-the-environment');
  });

  it('rotates with what the one before had, unless told otherwise', async () => {
    const id = await made({ ...BODY, weight: 2, baseUrl: 'https://eu.example/v1' });

    await ask(`/admin/credentials/${id}/rotate`, 'POST', {
      secret: 'another-secret',
      label: 'third',
    });

    expect(rows.rows[1]).toMatchObject({
      replaces: id,
      provider: 'bfl',
      label: 'third',
      weight: 2,
      baseUrl: 'https://eu.example/v1',
      stepSeconds: 60,
    });
  });

  it.each<[string, string, string, unknown, number, string | null]>([
    ['an unknown field', 'POST', '', { ...BODY, admin: true }, 400, 'admin'],
    ['an unknown provider', 'POST', '', { ...BODY, provider: 'nobody' }, 400, 'provider'],
    [
      'a provider that lacks a setting',
      'POST',
      '',
      { ...BODY, provider: 'vertex' },
      400,
      'provider',
    ],
    [
      'a key of the environment',
      'POST',
      '',
      { ...BODY, secret: 'key-of-the-environment' },
      400,
      'secret',
    ],
    ['a bad weight', 'POST', '', { ...BODY, weight: -1 }, 400, 'weight'],
    ['a rotation of nothing', 'POST', '/cred_none/rotate', { secret: SECRET }, 404, null],
    [
      'a rotation to another provider',
      'POST',
      '/cred_none/rotate',
      { secret: SECRET, provider: 'ark' },
      400,
      'provider',
    ],
    ['a new secret by PATCH', 'PATCH', '/cred_none', { secret: SECRET }, 400, 'secret'],
    ['a withdrawal that says neither', 'DELETE', '/cred_none?now=maybe', undefined, 400, 'now'],
    ['a withdrawal with more', 'DELETE', '/cred_none?force=true', undefined, 400, 'force'],
  ])('refuses %s', async (_, method, path, body, status, param) => {
    const answer = await ask(`/admin/credentials${path}`, method, body);
    const text = await answer.text();

    expect(answer.status).toBe(status);
    expect((JSON.parse(text) as { error: { param: string | null } }).error.param).toBe(param);
    expect(text).not.toContain(SECRET);
    expect(rows.rows).toEqual([]);
  });

  it('says of a key of the environment where it is changed', async () => {
    const answer = await ask(`/admin/credentials/${environment.id}`, 'DELETE');

    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain('BFL_API_KEY');
  });

  it('withdraws a key step by step, and removes its row when it is over', async () => {
    const id = await made();
    const path = `/admin/credentials/${id}`;

    const first = await dataOf(await ask(path, 'DELETE'));
    const second = await dataOf(await ask(`${path}?now=true`, 'DELETE'));
    const third = await dataOf(await ask(path, 'DELETE'));

    expect([first, second]).toMatchObject([
      { removed: false, credential: { state: 'returned' } },
      { removed: false, credential: { state: 'returned' } },
    ]);
    expect(third).toEqual({ id, removed: true, credential: null });
    expect((await ask(path, 'GET')).status).toBe(404);
  });

  it('changes weight and label, and nothing else', async () => {
    const id = await made();

    const changed = await dataOf(await ask(`/admin/credentials/${id}`, 'PATCH', { weight: 4 }));

    expect(changed).toMatchObject({ id, weight: 4, label: 'second', state: 'probing' });
  });

  it.each(['/admin/credentials', '/admin/providers'])(
    'opens %s to operators only',
    async (path) => {
      expect((await api.ask(path, { key: 'a' })).status).toBe(401);
    },
  );
});

describe('/admin/providers', () => {
  it('has every provider, configured or not', async () => {
    const { providers } = (await dataOf(await ask('/admin/providers', 'GET'))) as {
      providers: { provider: string; configured: boolean; accounts: PooledAccount[] }[];
    };

    expect(providers.map(({ provider }) => provider)).toEqual(catalog.vendors.map(({ id }) => id));
    expect(providers.filter(({ configured }) => configured)).toMatchObject([
      { provider: 'bfl', accounts: [{ id: environment.id, inFlight: 3 }] },
    ]);
  });

  it('lifts the trouble of an account that there is', async () => {
    const path = `/admin/providers/bfl/accounts/${environment.id}/trouble`;

    expect(await dataOf(await ask(path, 'DELETE'))).toEqual({
      account: environment.id,
      lifted: [environment.id],
    });
    for (const wrong of ['bfl/accounts/bfl:0', `ark/accounts/${environment.id}`])
      expect((await ask(`/admin/providers/${wrong}/trouble`, 'DELETE')).status).toBe(404);
    expect(lifted).toEqual([environment.id]);
  });
});
