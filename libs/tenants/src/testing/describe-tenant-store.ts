import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CallbackSettings } from '../identity.js';
import { issueKey, newTenant } from '../issue-key.js';
import type { InternalKeyRow, Tenant, TenantStore } from '../tenant.store.js';

type MakeStore = () => Promise<TenantStore>;

const CREATED = new Date('2026-01-01T00:00:00.000Z');
const EXPIRED = new Date('2026-02-01T00:00:00.000Z');
const PEPPER = Buffer.alloc(32, 9);

/** What every tenant store promises of tenants and keys; names are fresh, so rows of others may be there. */
export function describeTenantStore(name: string, makeStore: MakeStore): void {
  describe(`${name} as a tenant store`, () => {
    describeTenants(makeStore);
    describePolicies(makeStore);
    describeCallbacks(makeStore);
    describeKeys(makeStore);
    describeInternalKeys(makeStore);
  });
}

function describeTenants(makeStore: MakeStore): void {
  it('lists a tenant that was made', async () => {
    const { store, tenant } = await withTenant(makeStore);

    expect(await store.listTenants()).toContainEqual({
      ...tenant,
      effectivePolicy: tenant.policy,
    });
  });

  it('refuses a second tenant of the same name', async () => {
    const { store, tenant } = await withTenant(makeStore);

    await expect(store.createTenant(newTenant(tenant.name, CREATED))).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      param: 'name',
    });
  });
}

function describePolicies(makeStore: MakeStore): void {
  const POLICY = { weight: 2.5, maxConcurrentTasks: 4, maxQueuedTasks: 100 };

  it('keeps the policy that a tenant was made with', async () => {
    const store = await makeStore();
    const tenant = newTenant(`tenant-${randomUUID()}`, CREATED, POLICY);
    await store.createTenant(tenant);

    expect(await store.listTenants()).toContainEqual({
      ...tenant,
      effectivePolicy: tenant.policy,
    });
  });

  it('replaces a policy, shows it with the key and moves the epoch', async () => {
    const { store, tenant } = await withTenant(makeStore);
    const row = makeKey(tenant.id);
    await store.createKey(row);
    const before = await store.epoch();

    expect(await store.changeTenant(tenant.id, { policy: POLICY })).toEqual({
      ...tenant,
      policy: POLICY,
      effectivePolicy: POLICY,
    });

    expect(await store.findKey(row.digest)).toMatchObject({ policy: POLICY });
    expect(await store.epoch()).not.toBe(before);
    const { policy } = (await store.changeTenant(tenant.id, { policy: { weight: 1 } })) ?? {};
    expect(policy).toEqual({ weight: 1 });
  });

  it('changes nothing for a tenant that does not exist', async () => {
    const store = await makeStore();
    const before = await store.epoch();

    expect(await store.changeTenant('tn_unknown', { policy: POLICY })).toBeNull();
    expect(await store.epoch()).toBe(before);
  });
}

function describeCallbacks(makeStore: MakeStore): void {
  const CALLBACKS: CallbackSettings = {
    default: { url: 'https://a.example.com/hook?x=ü', when: 'all' },
    registered: ['https://b.example.com/hook'],
    hosts: ['*.example.com'],
    onlyRegistered: true,
  };

  it('has no callback settings for a tenant that never made any', async () => {
    const { store, tenant } = await withTenant(makeStore);

    expect(await store.callbackRules(tenant.id)).toEqual({ policy: {}, callbacks: {} });
  });

  it('replaces callback settings, shows them with the key and moves the epoch', async () => {
    const { store, tenant } = await withTenant(makeStore);
    const row = makeKey(tenant.id);
    await store.createKey(row);
    await store.changeTenant(tenant.id, { policy: { callbackHosts: ['*.com'] } });
    const before = await store.epoch();

    expect(await store.changeCallbacks(tenant.id, CALLBACKS)).toBe(true);

    const rules = { policy: { callbackHosts: ['*.com'] }, callbacks: CALLBACKS };
    expect(await store.findKey(row.digest)).toMatchObject(rules);
    expect(await store.callbackRules(tenant.id)).toEqual(rules);
    expect(await store.epoch()).not.toBe(before);
    await store.changeCallbacks(tenant.id, { hosts: ['b.net'] });
    expect((await store.callbackRules(tenant.id))?.callbacks).toEqual({ hosts: ['b.net'] });
    await store.changeCallbacks(tenant.id, {});
    expect((await store.findKey(row.digest))?.callbacks).toEqual({});
  });

  it('leaves the epoch alone when the settings are what they were', async () => {
    const { store, tenant } = await withTenant(makeStore);
    const { default: first, registered, ...rest } = CALLBACKS;
    await store.changeCallbacks(tenant.id, CALLBACKS);
    const before = await store.epoch();

    const again = { ...rest, ...(registered && { registered }), ...(first && { default: first }) };
    expect(await store.changeCallbacks(tenant.id, again)).toBe(true);

    expect(await store.epoch()).toBe(before);
  });

  it('keeps the settings of each tenant apart', async () => {
    const { store, tenant } = await withTenant(makeStore);
    const other = newTenant(`tenant-${randomUUID()}`, CREATED);
    await store.createTenant(other);

    await store.changeCallbacks(tenant.id, CALLBACKS);

    expect((await store.callbackRules(other.id))?.callbacks).toEqual({});
  });

  it('knows no rules of a tenant that does not exist', async () => {
    const store = await makeStore();
    const before = await store.epoch();

    expect(await store.callbackRules('tn_unknown')).toBeNull();
    expect(await store.changeCallbacks('tn_unknown', CALLBACKS)).toBe(false);
    expect(await store.epoch()).toBe(before);
  });
}

function describeKeys(makeStore: MakeStore): void {
  it('finds a key by its digest and says whose it is, expired or not', async () => {
    const { store, tenant } = await withTenant(makeStore);
    const row = makeKey(tenant.id, { scopes: ['read'], expiresAt: EXPIRED });
    await store.createKey(row);

    expect(await store.findKey(row.digest)).toEqual({
      tenantId: tenant.id,
      tenantName: tenant.name,
      keyId: row.id,
      keyPrefix: row.prefix,
      scopes: ['read'],
      policy: {},
      keyPolicy: {},
      callbacks: {},
      expiresAt: EXPIRED,
    });
  });

  it('finds nothing for another digest', async () => {
    const store = await makeStore();

    expect(await store.findKey(randomBytes(32))).toBeNull();
  });

  it('makes no key for a tenant that does not exist', async () => {
    const store = await makeStore();

    await expect(store.createKey(makeKey('tn_unknown'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('lists keys without their digests', async () => {
    const { store, tenant } = await withTenant(makeStore);
    const { digest: _digest, ...row } = makeKey(tenant.id, { name: 'ci' });
    await store.createKey({ ...row, digest: _digest });

    expect(await store.listKeys(tenant.id)).toEqual([
      { ...row, revokedAt: null, replacedBy: null },
    ]);
  });

  it('finds no revoked key and moves the epoch, once', async () => {
    const { store, tenant } = await withTenant(makeStore);
    const row = makeKey(tenant.id);
    await store.createKey(row);
    const before = await store.epoch();

    expect(await store.revokeKey(tenant.id, row.id)).toBe(true);
    const after = await store.epoch();
    expect(await store.revokeKey(tenant.id, row.id)).toBe(true);

    expect(after).not.toBe(before);
    expect(await store.epoch()).toBe(after);
    expect(await store.findKey(row.digest)).toBeNull();
    expect(await store.listKeys(tenant.id)).toMatchObject([{ revokedAt: expect.any(Date) }]);
  });

  it('revokes no key in the name of another tenant', async () => {
    const { store, tenant } = await withTenant(makeStore);
    const row = makeKey(tenant.id);
    await store.createKey(row);

    expect(await store.revokeKey('tn_other', row.id)).toBe(false);
    expect(await store.findKey(row.digest)).not.toBeNull();
  });
}

function describeInternalKeys(makeStore: MakeStore): void {
  let store: TenantStore;
  let first: InternalKeyRow;
  let second: InternalKeyRow;
  beforeEach(async () => {
    store = await makeStore();
    first = makeInternal();
    second = makeInternal();
    await store.upsertInternal([first, second]);
  });

  it('makes a tenant and a key for all scopes of each', async () => {
    expect(await store.findKey(first.digest)).toMatchObject({
      tenantName: first.tenant,
      keyPrefix: first.prefix,
      scopes: ['proxy', 'tasks', 'read'],
      expiresAt: null,
    });
  });

  it('changes nothing when told the same again, by several at once', async () => {
    const before = [await store.epoch(), await store.findKey(first.digest)];

    await Promise.all([
      store.upsertInternal([first, second]),
      store.upsertInternal([second, first]),
    ]);

    expect([await store.epoch(), await store.findKey(first.digest)]).toEqual(before);
  });

  it('takes a key away with its name, and gives it back with it', async () => {
    const before = await store.epoch();
    const found = await store.findKey(second.digest);

    await store.upsertInternal([first]);
    expect(await store.findKey(second.digest)).toBeNull();
    expect(await store.findKey(first.digest)).not.toBeNull();
    expect(await store.epoch()).not.toBe(before);

    await store.upsertInternal([first, second]);
    expect(await store.findKey(second.digest)).toMatchObject({ tenantId: found?.tenantId });
  });

  it('replaces a key under the same name', async () => {
    const before = await store.epoch();
    const replaced = { ...first, digest: randomBytes(32) };

    await store.upsertInternal([replaced, second]);

    expect(await store.findKey(first.digest)).toBeNull();
    expect(await store.findKey(replaced.digest)).toMatchObject({ tenantName: first.tenant });
    expect(await store.epoch()).not.toBe(before);
  });

  it('lets two tenants swap their keys', async () => {
    await store.upsertInternal([
      { ...first, digest: second.digest },
      { ...second, digest: first.digest },
    ]);

    expect(await store.findKey(first.digest)).toMatchObject({ tenantName: second.tenant });
    expect(await store.findKey(second.digest)).toMatchObject({ tenantName: first.tenant });
  });

  it('leaves issued keys of the tenant alone', async () => {
    const tenantId = (await store.findKey(first.digest))?.tenantId ?? '';
    const issued = makeKey(tenantId);
    await store.createKey(issued);

    await store.upsertInternal([]);

    expect(await store.findKey(issued.digest)).not.toBeNull();
  });
}

async function withTenant(makeStore: MakeStore): Promise<{ store: TenantStore; tenant: Tenant }> {
  const store = await makeStore();
  const tenant = newTenant(`tenant-${randomUUID()}`, CREATED);
  await store.createTenant(tenant);
  return { store, tenant };
}

const makeKey = (tenantId: string, fields: Partial<Parameters<typeof issueKey>[0]> = {}) =>
  issueKey({ tenantId, pepper: PEPPER, now: CREATED, ...fields }).row;

const makeInternal = (): InternalKeyRow => ({
  tenant: `internal-${randomUUID()}`,
  digest: randomBytes(32),
  prefix: 'inte…',
});
