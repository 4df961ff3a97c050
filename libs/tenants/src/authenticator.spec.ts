import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AttemptLimit } from './attempt-limit.js';
import { Authenticator, type AuthFailure } from './authenticator.js';
import type { Identity } from './identity.js';
import { issueKey, newTenant } from './issue-key.js';
import { newTenantKey } from './tenant-key.js';
import { makeGate } from './testing/gate.js';
import { InMemoryTenantStore } from './testing/in-memory-tenant.store.js';

const START = new Date('2026-11-22T12:00:00.000Z');
const PEPPER = Buffer.alloc(32, 5);
const ADDRESS = '192.0.2.1';
const MISTYPED = `tg-${'0'.repeat(40)}`;
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

    expect(await authenticator.authenticate(key, ADDRESS)).toEqual({
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
    await expect(authenticator.authenticate(key, ADDRESS)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining(message),
    });
  });

  it.each([
    ['an issued key that there is not', newTenantKey()],
    ['a mistyped one', MISTYPED],
    ['a word', 'tenant-z'],
  ])('takes the same way for %s: one look-up, one answer', async (_what, key) => {
    const said = await authenticator.authenticate(key, ADDRESS).catch((error: unknown) => error);

    expect(said).toMatchObject({ code: 'PERMISSION_DENIED', message: 'No such key.' });
    expect(store.lookups).toBe(1);
  });

  it('refuses a key from the moment it expires, remembered or not', async () => {
    const { key } = await issue(minutes(1));
    await authenticator.authenticate(key, ADDRESS);

    now = minutes(1);

    await expect(authenticator.authenticate(key, ADDRESS)).rejects.toThrow(
      'expired at 2026-11-22T12:01',
    );
  });

  it('asks once for a key that many use at the same time, and not again', async () => {
    const { key } = await issue();

    await Promise.all([1, 2, 3].map(async () => await authenticator.authenticate(key, ADDRESS)));
    await authenticator.authenticate(key, ADDRESS);

    expect(store.lookups).toBe(1);
  });

  it('remembers no more keys than told', async () => {
    const keys = [await issue(), await issue(), await issue()];
    for (const { key } of keys) await authenticator.authenticate(key, ADDRESS);

    await authenticator.authenticate(keys[0]?.key ?? '', ADDRESS);

    expect(store.lookups).toBe(4);
  });

  it('takes a new key at once, also one that was tried before', async () => {
    const { key, row } = issueKey({ tenantId: tenant.id, pepper: PEPPER, now: START });
    await expect(authenticator.authenticate(key, ADDRESS)).rejects.toThrow('No such key');

    await store.createKey(row);

    expect(await authenticator.authenticate(key, ADDRESS)).toMatchObject({ keyId: row.id });
  });
});

describe('a revoked key', () => {
  it('is refused after the next look at the epoch', async () => {
    const { key, id } = await issue();
    await authenticator.authenticate(key, ADDRESS);
    await store.revokeKey(tenant.id, id);

    await authenticator.runOnce();

    await expect(authenticator.authenticate(key, ADDRESS)).rejects.toThrow('No such key');
  });

  it('is refused at once by the process that revoked it', async () => {
    const { key, id } = await issue();
    await authenticator.authenticate(key, ADDRESS);
    await store.revokeKey(tenant.id, id);

    authenticator.forget();

    await expect(authenticator.authenticate(key, ADDRESS)).rejects.toThrow('No such key');
  });

  it('is refused also where the epoch was never read before', async () => {
    const { key, id } = await issue();
    const fresh = new Authenticator(store, { pepper: PEPPER, now: () => now });
    await fresh.authenticate(key, ADDRESS);
    await store.revokeKey(tenant.id, id);

    await fresh.runOnce();

    await expect(fresh.authenticate(key, ADDRESS)).rejects.toThrow('No such key');
  });

  it('does not come back by a look-up that was on its way when it was revoked', async () => {
    const { key, id } = await issue();
    const gate = makeGate();
    store.gate = gate.opened;
    const early = authenticator.authenticate(key, ADDRESS);
    await vi.waitUntil(() => store.lookups === 1, { interval: 1 });
    await store.revokeKey(tenant.id, id);
    await authenticator.runOnce();
    store.gate = null;

    await expect(authenticator.authenticate(key, ADDRESS)).rejects.toThrow('No such key');
    gate.open();
    await early;

    await expect(authenticator.authenticate(key, ADDRESS)).rejects.toThrow('No such key');
  });
});

describe('with the store away', () => {
  it('keeps keys working that were seen before, for ten minutes', async () => {
    const { key } = await issue();
    await authenticator.authenticate(key, ADDRESS);
    store.away = true;
    await expect(authenticator.runOnce()).rejects.toThrow('connection refused');

    now = minutes(9.9);
    expect(await authenticator.authenticate(key, ADDRESS)).toMatchObject({ tenantName: 'acme' });
    now = minutes(10);
    await expect(authenticator.authenticate(key, ADDRESS)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('says that a key not seen before cannot be checked, and when to come again', async () => {
    const { key } = await issue();
    store.away = true;

    await expect(authenticator.authenticate(key, ADDRESS)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: 5,
    });
    store.away = false;
    expect(await authenticator.authenticate(key, ADDRESS)).toMatchObject({ tenantName: 'acme' });
  });
});

describe('wrong keys from one address', () => {
  const guesses = (count: number): readonly string[] =>
    Array.from({ length: count }, () => newTenantKey());
  const NEIGHBOUR = '192.0.2.2';
  let failures: AuthFailure[];
  beforeEach(() => {
    failures = [];
    authenticator = new Authenticator(store, {
      pepper: PEPPER,
      now: () => now,
      attempts: new AttemptLimit({ perMinute: 3, now: () => now.getTime() }),
      onFailure: (why) => failures.push(why),
    });
  });

  const answersOf = async (keys: readonly string[], address = ADDRESS) =>
    await Promise.all(
      keys.map(async (key) =>
        authenticator.authenticate(key, address).then(
          () => 'OK',
          (error: { code: string }) => error.code,
        ),
      ),
    );

  it('reach the store no more often than the limit, all at once or one by one', async () => {
    const first = await answersOf(guesses(20));
    const [later] = await answersOf(guesses(1));

    expect(first.filter((code) => code === 'PERMISSION_DENIED')).toHaveLength(3);
    expect(first.filter((code) => code === 'RATE_LIMIT_EXCEEDED')).toHaveLength(17);
    expect(later).toBe('RATE_LIMIT_EXCEEDED');
    expect(store.lookups).toBe(3);
    expect(failures.filter((why) => why === 'limited')).toHaveLength(18);
  });

  it('say when to come again, and then one may', async () => {
    await answersOf(guesses(3));
    now = minutes(0.5);

    await expect(authenticator.authenticate(newTenantKey(), ADDRESS)).rejects.toMatchObject({
      retryAfterSeconds: 30,
      headers: { 'retry-after-ms': '30000' },
    });
    now = minutes(1);
    expect(await answersOf(guesses(1))).toEqual(['PERMISSION_DENIED']);
  });

  it('lock out neither other addresses nor keys that worked here, remembered or not', async () => {
    const { key } = await issue();
    const { key: unseen } = await issue();
    await authenticator.runOnce();
    expect(await answersOf([key])).toEqual(['OK']);
    await answersOf(guesses(3));
    authenticator.forget();

    expect(await answersOf([key, unseen])).toEqual(['OK', 'RATE_LIMIT_EXCEEDED']);
    expect(await answersOf([unseen], NEIGHBOUR)).toEqual(['OK']);
    expect(await answersOf([unseen])).toEqual(['OK']);
  });

  it('let a crowd of good keys in that were never seen, however many at once', async () => {
    const keys = await Promise.all(Array.from({ length: 10 }, async () => (await issue()).key));

    expect(new Set(await answersOf(keys))).toEqual(new Set(['OK']));
  });

  it('use up their own tries only when one is sent again and again', async () => {
    const wrong = newTenantKey();
    const codes = [];
    for (let round = 0; round < 5; round += 1) codes.push(...(await answersOf([wrong])));
    const { key } = await issue();

    expect(codes.slice(2)).toEqual(['PERMISSION_DENIED', ...Array(2).fill('RATE_LIMIT_EXCEEDED')]);
    expect(await answersOf([key])).toEqual(['OK']);
  });

  it('count a key that was revoked like any other wrong one', async () => {
    const { key, id } = await issue();
    await answersOf([key]);
    await store.revokeKey(tenant.id, id);
    authenticator.forget();

    // The first look-up is that of a key which worked before.
    for (let round = 0; round < 4; round += 1) await answersOf([key]);
    expect(await answersOf([key])).toEqual(['RATE_LIMIT_EXCEEDED']);
  });

  it('are no failures when the store is away', async () => {
    store.away = true;

    expect(await answersOf(guesses(5))).toEqual(Array(5).fill('SERVICE_UNAVAILABLE'));
    store.away = false;
    expect(await answersOf(guesses(3))).toEqual(Array(3).fill('PERMISSION_DENIED'));
  });

  it('tells apart what was wrong', async () => {
    const { key } = await issue(START);
    await expect(authenticator.authenticate(null, ADDRESS)).rejects.toThrow('No key was sent');
    await answersOf([key, MISTYPED]);

    expect(failures).toEqual(['missing', 'expired', 'unknown']);
  });
});
