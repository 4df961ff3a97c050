import { beforeEach, describe, expect, it } from 'vitest';
import { Authenticator } from './authenticator.js';
import type { Identity } from './identity.js';
import { issueKey, newTenant } from './issue-key.js';
import { newTenantKey } from './tenant-key.js';
import { makeGate } from './testing/gate.js';
import { InMemoryTenantStore } from './testing/in-memory-tenant.store.js';

const START = new Date('2026-11-22T12:00:00.000Z');
const PEPPER = Buffer.alloc(32, 5);
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);

/** Counts what is asked; away while `away` is set; holds answers back while `gate` is set. */
class WatchedStore extends InMemoryTenantStore {
  lookups = 0;
  away = false;
  gate: Promise<void> | null = null;

  override async findKey(digest: Buffer): Promise<Identity | null> {
    this.lookups += 1;
    if (this.away) throw new Error('connection refused');
    const found = await super.findKey(digest);
    await this.gate;
    return found;
  }

  override async epoch(): Promise<string> {
    if (this.away) throw new Error('connection refused');
    return await super.epoch();
  }
}

let store: WatchedStore;
let now: Date;
let authenticator: Authenticator;
const tenant = newTenant('acme', START);

beforeEach(async () => {
  store = new WatchedStore();
  now = START;
  authenticator = new Authenticator(store, { pepper: PEPPER, now: () => now, maxEntries: 2 });
  await store.createTenant(tenant);
  await authenticator.runOnce();
});

async function issue(expiresAt: Date | null = null): Promise<{ key: string; id: string }> {
  const { key, row } = issueKey({ tenantId: tenant.id, pepper: PEPPER, now: START, expiresAt });
  await store.createKey(row);
  return { key, id: row.id };
}

describe('Authenticator', () => {
  it('says who is calling', async () => {
    const { key, id } = await issue();

    expect(await authenticator.authenticate(key)).toEqual({
      tenantId: tenant.id,
      tenantName: 'acme',
      keyId: id,
      keyPrefix: key.slice(0, 8),
      scopes: ['proxy', 'tasks', 'read'],
      policy: {},
      keyPolicy: {},
      callbacks: {},
      expiresAt: null,
    });
  });

  it.each([
    ['no key', null, 'No key was sent'],
    ['an empty key', '', 'No key was sent'],
    ['an unknown key', newTenantKey(), 'No such key'],
    ['an unknown internal key', 'tenant-z', 'No such key'],
  ])('refuses %s', async (_what, key, message) => {
    await expect(authenticator.authenticate(key)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining(message),
    });
  });

  it('refuses a mistyped key without a look-up', async () => {
    await expect(authenticator.authenticate(`tg-${'0'.repeat(40)}`)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(store.lookups).toBe(0);
  });

  it('refuses a key from the moment it expires, remembered or not', async () => {
    const { key } = await issue(minutes(1));
    await authenticator.authenticate(key);

    now = minutes(1);

    await expect(authenticator.authenticate(key)).rejects.toThrow('expired at 2026-11-22T12:01');
  });

  it('asks once for a key that many use at the same time, and not again', async () => {
    const { key } = await issue();

    await Promise.all([1, 2, 3].map(async () => await authenticator.authenticate(key)));
    await authenticator.authenticate(key);

    expect(store.lookups).toBe(1);
  });

  it('remembers no more keys than told', async () => {
    const keys = [await issue(), await issue(), await issue()];
    for (const { key } of keys) await authenticator.authenticate(key);

    await authenticator.authenticate(keys[0]?.key ?? '');

    expect(store.lookups).toBe(4);
  });

  it('takes a new key at once, also one that was tried before', async () => {
    const { key, row } = issueKey({ tenantId: tenant.id, pepper: PEPPER, now: START });
    await expect(authenticator.authenticate(key)).rejects.toThrow('No such key');

    await store.createKey(row);

    expect(await authenticator.authenticate(key)).toMatchObject({ keyId: row.id });
  });
});

describe('a revoked key', () => {
  it('is refused after the next look at the epoch', async () => {
    const { key, id } = await issue();
    await authenticator.authenticate(key);
    await store.revokeKey(tenant.id, id);

    await authenticator.runOnce();

    await expect(authenticator.authenticate(key)).rejects.toThrow('No such key');
  });

  it('is refused at once by the process that revoked it', async () => {
    const { key, id } = await issue();
    await authenticator.authenticate(key);
    await store.revokeKey(tenant.id, id);

    authenticator.forget();

    await expect(authenticator.authenticate(key)).rejects.toThrow('No such key');
  });

  it('is refused also where the epoch was never read before', async () => {
    const { key, id } = await issue();
    const fresh = new Authenticator(store, { pepper: PEPPER, now: () => now });
    await fresh.authenticate(key);
    await store.revokeKey(tenant.id, id);

    await fresh.runOnce();

    await expect(fresh.authenticate(key)).rejects.toThrow('No such key');
  });

  it('does not come back by a look-up that was on its way when it was revoked', async () => {
    const { key, id } = await issue();
    const gate = makeGate();
    store.gate = gate.opened;
    const early = authenticator.authenticate(key);
    await store.revokeKey(tenant.id, id);
    await authenticator.runOnce();
    store.gate = null;

    await expect(authenticator.authenticate(key)).rejects.toThrow('No such key');
    gate.open();
    await early;

    await expect(authenticator.authenticate(key)).rejects.toThrow('No such key');
  });
});

describe('with the store away', () => {
  it('keeps keys working that were seen before, for ten minutes', async () => {
    const { key } = await issue();
    await authenticator.authenticate(key);
    store.away = true;
    await expect(authenticator.runOnce()).rejects.toThrow('connection refused');

    now = minutes(9.9);
    expect(await authenticator.authenticate(key)).toMatchObject({ tenantName: 'acme' });
    now = minutes(10);
    await expect(authenticator.authenticate(key)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('says that a key not seen before cannot be checked, and when to come again', async () => {
    const { key } = await issue();
    store.away = true;

    await expect(authenticator.authenticate(key)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: 5,
    });
    store.away = false;
    expect(await authenticator.authenticate(key)).toMatchObject({ tenantName: 'acme' });
  });
});
