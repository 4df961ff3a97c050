import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADMIN_TOKEN, type OpenApi, openApi } from '../testing/open-api.js';

let api: OpenApi;
let tenantId: string;
beforeAll(async () => {
  api = await openApi();
});
beforeEach(async () => {
  tenantId = (await made({ name: `acme-${randomUUID()}` })).id;
});
afterAll(async () => await api.close());

/** What the answers of this face have in `data`, each some of it. */
interface Data {
  readonly [field: string]: unknown;
  readonly id: string;
  readonly key: string;
  readonly tenants: unknown;
  readonly plans: readonly { readonly name: string }[];
  readonly keys: unknown;
  readonly previous: { readonly expiresAt: string };
}

async function admin(path: string, method: string, json?: unknown) {
  const answer = await api.ask(`/admin/${path}`, {
    key: ADMIN_TOKEN,
    method,
    ...(json !== undefined && { json, method }),
  });
  // Every answer of ours is this envelope.
  const body = (await answer.json()) as { data: Data; message: string; error?: object };
  return { status: answer.status, ...body };
}

async function made(body: object): Promise<{ id: string }> {
  const { status, data, message } = await admin('tenants', 'POST', body);
  if (status !== 200) throw new Error(message);
  return { id: data.id };
}

const issue = async (body: object = {}) =>
  (await admin(`tenants/${tenantId}/keys`, 'POST', body)).data;

const statusFor = async (key: string): Promise<number> =>
  (await api.ask('/v1/tasks', { key })).status;

describe('a tenant', () => {
  it('shows its plan, its own policy and what is in force', async () => {
    await admin('plans/big', 'PUT', { policy: { requestsPerMinute: 5, weight: 3 } });
    const { data } = await admin('tenants', 'POST', {
      name: 'big',
      plan: 'big',
      policy: { weight: 2 },
    });

    expect(data).toMatchObject({
      name: 'big',
      plan: 'big',
      policy: { weight: 2 },
      effectivePolicy: { requestsPerMinute: 5, weight: 2 },
    });
    expect((await admin(`tenants/${data.id}`, 'GET')).data).toEqual(data);
    const { tenants } = (await admin('tenants', 'GET')).data;
    expect(tenants).toContainEqual(data);
  });

  it('keeps what a change does not name', async () => {
    await admin('plans/small', 'PUT', { policy: { maxTokens: 9 } });
    const path = `tenants/${tenantId}`;

    const planned = await admin(path, 'PATCH', { plan: 'small' });
    const limited = await admin(path, 'PATCH', { policy: { weight: 2 } });
    const freed = await admin(path, 'PATCH', { plan: null });

    expect(planned.data['effectivePolicy']).toEqual({ maxTokens: 9 });
    expect(limited.data).toMatchObject({
      plan: 'small',
      effectivePolicy: { maxTokens: 9, weight: 2 },
    });
    expect(freed.data).toMatchObject({ plan: null, effectivePolicy: { weight: 2 } });
  });

  it.each([
    ['POST', 'tenants', { name: 'x', plan: 'gold' }, 'plan', /There is no plan "gold"/],
    ['POST', 'tenants', { name: 'x', plan: 5 }, 'plan', /plan takes the name of a plan/],
    ['POST', 'tenants', { name: 'x', id: 'tn_1' }, 'id', /taken are name, plan, policy/],
    ['PATCH', 'tenants/ID', { plan: 'gold' }, 'plan', /There is no plan/],
    ['PATCH', 'tenants/ID', { name: 'other' }, 'name', /taken are plan, policy/],
    ['PATCH', 'tenants/ID', {}, 'The body', /takes plan, policy or both/],
    ['PATCH', 'tenants/ID', { policy: null }, 'policy', /takes an object/],
    ['POST', 'tenants/ID/keys', { policy: { weight: 1 } }, 'policy.weight', /not for a key/],
    ['POST', 'tenants/ID/keys', { digest: 'x' }, 'digest', /taken are name, scopes/],
    ['POST', 'tenants/ID/keys', { scopes: null }, 'scopes', /takes a list of proxy/],
    ['POST', 'tenants/ID/keys', { expiresAt: 'tomorrow' }, 'expiresAt', /or null for never/],
    ['PUT', 'plans/pro', {}, 'policy', /takes an object/],
    ['PUT', 'plans/pro', { policy: {}, name: 'x' }, 'name', /not a field that is taken/],
    ['PUT', 'plans/Pro', { policy: {} }, 'name', /1 to 64 of a-z/],
  ])('%s /admin/%s of %j is refused naming %s', async (method, path, body, param, says) => {
    const refused = await admin(path.replace('ID', tenantId), method, body);

    expect(refused).toMatchObject({ status: 400, error: { param } });
    expect(refused.message).toMatch(says);
  });

  it.each([
    ['GET', 'tenants/tn_none', undefined],
    ['PATCH', 'tenants/tn_none', { policy: {} }],
    ['PATCH', 'tenants/tn_none/keys/key_none', { name: 'x' }],
    ['POST', 'tenants/tn_none/keys/key_none/rotate', {}],
    ['GET', 'plans/none', undefined],
    ['DELETE', 'plans/none', undefined],
  ])('%s /admin/%s is 404', async (method, path, body) => {
    expect((await admin(path, method, body)).status).toBe(404);
  });
});

describe('a plan', () => {
  it('is made, listed with how many have it, changed, and not removed from under them', async () => {
    await admin('plans/free', 'PUT', { policy: { weight: 1 } });
    await admin('plans/pro', 'PUT', { policy: {} });
    await admin(`tenants/${tenantId}`, 'PATCH', { plan: 'pro' });
    const changed = await admin('plans/pro', 'PUT', { policy: { maxTokens: 4 } });
    const { plans } = (await admin('plans', 'GET')).data;

    expect(plans.filter(({ name }) => ['free', 'pro'].includes(name))).toMatchObject([
      { name: 'free', tenants: 0 },
      { name: 'pro', tenants: 1, policy: { maxTokens: 4 } },
    ]);
    expect((await admin('plans/pro', 'GET')).data).toEqual(changed.data);
    const refused = await admin('plans/pro', 'DELETE');
    expect(refused).toMatchObject({ status: 400, error: { param: 'name' } });
    expect(refused.message).toMatch(/pro is the plan of 1 tenant/);
    expect((await admin('plans/free', 'DELETE')).data).toEqual({ name: 'free', removed: true });
  });
});

describe('a key', () => {
  it('is issued with a policy of its own and listed with it, without itself', async () => {
    const { id, key } = await issue({
      name: 'ci',
      scopes: ['read', 'read'],
      policy: { maxTokens: 4 },
    });
    const { keys } = (await admin(`tenants/${tenantId}/keys`, 'GET')).data;

    expect(keys).toMatchObject([{ id, name: 'ci', scopes: ['read'], policy: { maxTokens: 4 } }]);
    expect(JSON.stringify(keys)).not.toContain(key);
  });

  it('never expires when it is issued with null', async () => {
    const { key } = await issue({ expiresAt: null });

    expect(await statusFor(key)).toBe(200);
  });

  it('changes at once here', async () => {
    const { id, key } = await issue();
    expect(await statusFor(key)).toBe(200);

    const path = `tenants/${tenantId}/keys/${id}`;
    const changed = await admin(path, 'PATCH', { scopes: ['proxy'], policy: { maxTokens: 4 } });

    expect(changed.data).toMatchObject({ scopes: ['proxy'], policy: { maxTokens: 4 } });
    expect(await statusFor(key)).toBe(403);
    await admin(path, 'PATCH', { scopes: ['read'] });
    expect(await statusFor(key)).toBe(200);
    await admin(path, 'PATCH', { expiresAt: '2020-01-01T00:00:00Z' });
    expect(await statusFor(key)).toBe(401);
  });

  it('is rotated: both work until the old one’s time is over', async () => {
    const old = await issue({ name: 'ci', scopes: ['read'] });

    const { data } = await admin(`tenants/${tenantId}/keys/${old.id}/rotate`, 'POST');

    expect(data).toMatchObject({ name: 'ci', scopes: ['read'], previous: { id: old.id } });
    const leftMs = Date.parse(data.previous.expiresAt) - Date.now();
    expect(leftMs / 3_600_000).toBeCloseTo(24, 1);
    expect([await statusFor(old.key), await statusFor(data.key)]).toEqual([200, 200]);
    const { keys } = (await admin(`tenants/${tenantId}/keys`, 'GET')).data;
    expect(keys).toMatchObject([{ id: old.id, replacedBy: data.id }, { id: data.id }]);
  });

  it('that is rotated without grace ends at once', async () => {
    const old = await issue();
    expect(await statusFor(old.key)).toBe(200);

    const path = `tenants/${tenantId}/keys/${old.id}/rotate`;
    const { data } = await admin(path, 'POST', { graceSeconds: 0 });

    expect([await statusFor(old.key), await statusFor(data.key)]).toEqual([401, 200]);
    expect((await admin(path, 'POST')).message).toContain(`rotate ${data.id}`);
  });

  it.each([-1, 604_801, 1.5, '60', null])('is not rotated with a grace of %j', async (grace) => {
    const { id } = await issue();

    const path = `tenants/${tenantId}/keys/${id}/rotate`;
    const refused = await admin(path, 'POST', { graceSeconds: grace });

    expect(refused).toMatchObject({ status: 400, error: { param: 'graceSeconds' } });
    expect(refused.message).toMatch(/from 0 to 604800/);
  });
});
