import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GatewayClient } from '../support/gateway-client.js';
import { refusal, refused } from '../support/refusal.js';
import { type Stack, startStack } from '../support/stack.js';

interface IssuedKey {
  readonly id: string;
  readonly key: string;
  readonly prefix: string;
}

let stack: Stack;
let admin: GatewayClient;
let tenantId: string;

beforeAll(async () => {
  stack = await startStack({ apis: 2, workers: 0 });
  admin = new GatewayClient(stack.url, stack.adminToken);
  tenantId = (await post<{ id: string }>('/admin/tenants', { name: 'acme' })).id;
});
afterAll(async () => await stack?.stop());

async function post<T>(path: string, body: unknown): Promise<T> {
  const answer = await admin.request(path, { body });
  if (answer.status === 200) return (answer.body as { data: T }).data;
  throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

const issue = async (options: object = {}): Promise<IssuedKey> =>
  await post(`/admin/tenants/${tenantId}/keys`, options);

const asTenant = ({ key }: IssuedKey, url = stack.url): GatewayClient =>
  new GatewayClient(url, key);

const task = { body: { model: 'flux-2-pro', input: { prompt: 'by an issued key' } } };

describe('a tenant', () => {
  it('is listed beside those of the environment, and its name is taken', async () => {
    const { body } = await admin.request('/admin/tenants');
    const { tenants } = (body as { data: { tenants: { id: string; name: string }[] } }).data;
    const again = await admin.request('/admin/tenants', { body: { name: 'acme' } });

    expect(tenants.map(({ name }) => name).toSorted()).toEqual(['acme', 'tenant-a', 'tenant-b']);
    expect(tenants.find(({ name }) => name === 'acme')?.id).toBe(tenantId);
    expect(refused(again)).toEqual(
      refusal({ status: 400, code: 'INVALID_REQUEST', param: 'name', says: /exists/ }),
    );
  });

  it('that there is not gets no key', async () => {
    const answer = await admin.request('/admin/tenants/tn_nobody/keys', { body: {} });

    expect(refused(answer)).toEqual(refusal({ status: 404, code: 'NOT_FOUND' }));
  });
});

describe('an issued key', () => {
  it('works at once, for tasks, for reading and for the pass-through', async () => {
    const key = await issue({ name: 'production' });
    const tenant = asTenant(key);

    expect(key.key).toMatch(/^tg-[0-9A-Za-z]{40}$/);
    expect(key.prefix).toBe(key.key.slice(0, 8));
    expect((await tenant.request('/v1/tasks', task)).status).toBe(200);
    expect((await tenant.request('/v1/tasks')).status).toBe(200);
    expect((await tenant.request('/v1/models')).status).toBe(200);
    expect((await asTenant(key, stack.apis[1]?.url).request('/v1/tasks')).status).toBe(200);
  });

  it('is shown once: the list has its beginning only', async () => {
    const key = await issue({ name: 'listed' });
    const { body } = await admin.request(`/admin/tenants/${tenantId}/keys`);
    const { keys } = (body as { data: { keys: object[] } }).data;

    expect(keys).toContainEqual(
      expect.objectContaining({
        id: key.id,
        name: 'listed',
        prefix: key.prefix,
        scopes: ['proxy', 'tasks', 'read'],
      }),
    );
    expect(JSON.stringify(body)).not.toContain(key.key);
    expect(JSON.stringify(body)).not.toContain('digest');
  });

  it('that is revoked stops at once here and within two seconds everywhere', async () => {
    const key = await issue();
    const elsewhere = asTenant(key, stack.apis[1]?.url);
    expect((await asTenant(key).request('/v1/tasks')).status).toBe(200);
    expect((await elsewhere.request('/v1/tasks')).status).toBe(200);

    const path = `/admin/tenants/${tenantId}/keys/${key.id}`;
    const revoked = await admin.request(path, { method: 'DELETE' });

    expect(revoked.body).toMatchObject({ data: { id: key.id, revoked: true } });
    expect(refused(await asTenant(key).request('/v1/tasks'))).toEqual(
      refusal({
        status: 401,
        code: 'PERMISSION_DENIED',
      }),
    );
    const status = async () => (await elsewhere.request('/v1/tasks')).status;
    await expect.poll(status, { interval: 50 }).toBe(401);
  });

  it('that there is not cannot be revoked', async () => {
    const path = `/admin/tenants/${tenantId}/keys/key_nobody`;

    expect(refused(await admin.request(path, { method: 'DELETE' }))).toEqual(
      refusal({
        status: 404,
        code: 'NOT_FOUND',
      }),
    );
  });

  it.each([
    [['read'], { list: 200, create: 403, proxy: 403, secret: 403 }],
    [['proxy'], { list: 403, create: 403, proxy: 200, secret: 403 }],
    [['tasks', 'read'], { list: 200, create: 200, proxy: 403, secret: 200 }],
  ])('with the scopes %j may do just that', async (scopes, may) => {
    const tenant = asTenant(await issue({ scopes }));
    const [list, create, proxy, secret] = [
      await tenant.request('/v1/tasks'),
      await tenant.request('/v1/tasks', task),
      await tenant.request('/v1/models/gpt-5'),
      await tenant.request('/v1/callback-secret'),
    ];

    const denied = [list, create, proxy, secret].filter(({ status }) => status !== 200);
    expect({
      list: list.status,
      create: create.status,
      proxy: proxy.status,
      secret: secret.status,
    }).toEqual(may);
    for (const answer of denied) {
      expect(refused(answer)).toEqual(
        refusal({ status: 403, code: 'POLICY_VIOLATION', says: /scope/ }),
      );
    }
  });

  it('works until it expires', async () => {
    const soon = new Date(Date.now() + 3_600_000).toISOString();
    const over = new Date(Date.now() - 1_000).toISOString();

    expect((await asTenant(await issue({ expiresAt: soon })).request('/v1/tasks')).status).toBe(
      200,
    );
    expect(refused(await asTenant(await issue({ expiresAt: over })).request('/v1/tasks'))).toEqual(
      refusal({
        status: 401,
        code: 'PERMISSION_DENIED',
        says: /expired/,
      }),
    );
  });

  it.each([
    ['scopes', { scopes: ['everything'] }],
    ['scopes', { scopes: 'read' }],
    ['expiresAt', { expiresAt: 'tomorrow' }],
    ['colour', { colour: 'red' }],
  ])('is not issued with a wrong %s', async (param, body) => {
    const answer = await admin.request(`/admin/tenants/${tenantId}/keys`, { body });

    expect(refused(answer)).toEqual(refusal({ status: 400, code: 'INVALID_REQUEST', param }));
  });
});
