import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, dataOf, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
beforeAll(async () => {
  api = await openApi();
});
afterAll(async () => await api?.close());

interface Issued {
  readonly id: string;
  readonly token: string;
  readonly prefix: string;
}

const issue = async (body: object, key = ADMIN_TOKEN): Promise<Issued> =>
  (await dataOf(await api.ask('/admin/admins', { json: body, key }))) as Issued;

const statusOf = async (path: string, key: string, init: RequestInit = {}): Promise<number> =>
  (await api.ask(path, { key, ...init })).status;

describe('named admin tokens', () => {
  it('are shown once, open /admin, and are listed without themselves', async () => {
    const { id, token, prefix } = await issue({ name: 'alice' });

    expect(token).toMatch(/^tga-[0-9A-Za-z]{40}$/);
    expect(token.startsWith(prefix)).toBe(true);
    expect(await statusOf('/admin/tenants', token)).toBe(200);
    const listed = await api.ask('/admin/admins', { key: token });
    const text = await listed.text();
    expect(text).toContain(`"id":"${id}","name":"alice","role":"operator"`);
    expect(text).toContain('"createdBy":"ADMIN_TOKEN"');
    expect(text).not.toContain(token);
    expect(text).not.toContain('digest');
  });

  it('of viewers read and change nothing', async () => {
    const { token } = await issue({ name: 'vera', role: 'viewer' });

    expect(await statusOf('/admin/tenants', token)).toBe(200);
    const refused = await api.ask('/admin/tenants', { key: token, json: { name: 'made-by-vera' } });
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { error_code: 'POLICY_VIOLATION', message: expect.stringContaining('"vera" is a viewer') },
    ]);
    expect((await api.tenants.listTenants()).map(({ name }) => name)).not.toContain('made-by-vera');
  });

  it('stop at once when they are revoked, and when they expire', async () => {
    const { id, token } = await issue({ name: 'bob' });
    expect(await statusOf('/admin/tenants', token)).toBe(200);

    const revoked = await api.ask(`/admin/admins/${id}`, { key: ADMIN_TOKEN, method: 'DELETE' });

    expect(await dataOf(revoked)).toEqual({ id, revoked: true });
    expect(await statusOf('/admin/tenants', token)).toBe(401);
    const past = await issue({ name: 'carl', expiresAt: '2020-01-01T00:00:00Z' });
    expect(await statusOf('/admin/tenants', past.token)).toBe(401);
    expect(await issue({ name: 'bob' })).toMatchObject({ id: expect.not.stringContaining(id) });
  });

  it.each([
    [{}, 'name'],
    [{ name: 'ADMIN_TOKEN' }, 'name'],
    [{ name: 'two words' }, 'name'],
    [{ name: 'dave', role: 'root' }, 'role'],
    [{ name: 'dave', expiresAt: 'soon' }, 'expiresAt'],
    [{ name: 'dave', createdBy: 'alice' }, 'createdBy'],
  ])('refuses %j and names the field', async (json, param) => {
    const response = await api.ask('/admin/admins', { json, key: ADMIN_TOKEN });

    expect([response.status, await response.json()]).toMatchObject([400, { error: { param } }]);
  });

  it('have names that only one holds at a time', async () => {
    await issue({ name: 'erin' });
    const again = await api.ask('/admin/admins', { json: { name: 'erin' }, key: ADMIN_TOKEN });

    expect([again.status, await again.json()]).toMatchObject([400, { error: { param: 'name' } }]);
  });
});

const last = (count: number) => api.adminActions.rows.slice(-count);

describe('what admins do', () => {
  it('is on record before and after, by name, with names of fields and ids alone', async () => {
    const { token } = await issue({ name: 'frank' });
    const made = await api.ask('/admin/tenants', {
      key: token,
      json: { name: 'a-name-not-to-be-kept', policy: { weight: 2, 'sk-secret': 1 } },
    });

    expect(made.status).toBe(400);
    expect(last(2)).toMatchObject([
      {
        kind: 'intent',
        actor: 'frank',
        role: 'operator',
        method: 'POST',
        path: '/admin/tenants',
        status: null,
        details: { fields: ['name', 'policy', 'policy.weight', 'policy.?'] },
      },
      { kind: 'outcome', actor: 'frank', status: 400, details: { error: 'INVALID_REQUEST' } },
    ]);
    expect(JSON.stringify(last(2))).not.toMatch(/a-name-not-to-be-kept|sk-secret/);
    expect(last(2)[0]?.requestId).toBe(made.headers.get('x-taskgate-request-id'));
  });

  it('names what was made', async () => {
    const { id } = await issue({ name: 'gina' });

    expect(last(1)).toMatchObject([{ kind: 'outcome', status: 200, details: { id } }]);
  });

  it('is on record also where the role forbids it, and reading is not', async () => {
    const { token } = await issue({ name: 'hugo', role: 'viewer' });
    const before = api.adminActions.rows.length;
    await api.ask('/admin/tenants', { key: token });
    expect(api.adminActions.rows).toHaveLength(before);

    await api.ask('/admin/tenants', { key: token, json: { name: 'x' } });
    expect(last(1)).toMatchObject([{ actor: 'hugo', role: 'viewer', status: 403 }]);
  });

  it('is not done when it cannot be put on record', async () => {
    api.adminActions.failure = new Error('connection refused');
    try {
      const refused = await api.ask('/admin/tenants', {
        key: ADMIN_TOKEN,
        json: { name: 'ghost' },
      });

      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '2']);
      expect((await api.tenants.listTenants()).map(({ name }) => name)).not.toContain('ghost');
    } finally {
      api.adminActions.failure = null;
    }
  });

  it('leaves no row for strangers', async () => {
    const before = api.adminActions.rows.length;
    await api.ask('/admin/tenants', { key: 'a', json: { name: 'x' } });

    expect(api.adminActions.rows).toHaveLength(before);
  });

  it('keeps no secret that was put into a path', async () => {
    const { token } = await issue({ name: 'ivan' });
    await api.ask(`/admin/admins/${token}`, { key: ADMIN_TOKEN, method: 'DELETE' });

    expect(last(1)[0]?.path).toBe(`/admin/admins/${token.slice(0, 8)}…`);
  });

  it('is listed newest first, page by page, also for viewers', async () => {
    const { token } = await issue({ name: 'jane', role: 'viewer' });
    const page = async (query: string) =>
      (await dataOf(await api.ask(`/admin/actions?${query}`, { key: token }))) as {
        actions: readonly { seq: number; hash: string; prevHash: string }[];
        nextCursor: string | null;
      };

    const first = await page('limit=2');
    const second = await page(`limit=2&cursor=${first.nextCursor}`);

    const all = [...first.actions, ...second.actions];
    expect(all.map(({ seq }) => seq)).toEqual(
      [0, 1, 2, 3].map((back) => api.adminActions.rows.length - back),
    );
    expect(all.slice(0, 3).map(({ prevHash }) => prevHash)).toEqual(
      all.slice(1).map(({ hash }) => hash),
    );
    for (const query of ['limit=0', 'limit=1001', 'cursor=x', 'actor=jane', 'limit=1&limit=2']) {
      expect([query, await statusOf(`/admin/actions?${query}`, token)]).toEqual([query, 400]);
    }
  });
});
