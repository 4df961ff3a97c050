import { beforeEach, describe, expect, it } from 'vitest';
import { newAdminToken, newTenantKey } from '../tenant-key.js';
import { InMemoryAdminStore } from '../testing/in-memory-admin.store.js';
import { AdminAuthenticator } from './admin-authenticator.js';
import type { AdminIdentity } from './admin.js';
import { issueAdmin } from './issue-admin.js';

const START = new Date('2026-11-23T12:00:00.000Z');
const PEPPER = Buffer.alloc(32, 5);
const minutes = (count: number): Date => new Date(START.getTime() + count * 60_000);

class MortalStore extends InMemoryAdminStore {
  away = false;

  override async findAdmin(digest: Buffer): Promise<AdminIdentity | null> {
    if (this.away) throw new Error('connection refused');
    return await super.findAdmin(digest);
  }

  override async epoch(): Promise<string> {
    if (this.away) throw new Error('connection refused');
    return await super.epoch();
  }
}

let store: MortalStore;
let now: Date;
let rootToken: string;
let authenticator: AdminAuthenticator;
beforeEach(async () => {
  store = new MortalStore();
  now = START;
  rootToken = 'the-root-token';
  authenticator = new AdminAuthenticator(store, {
    rootToken: () => rootToken,
    pepper: PEPPER,
    now: () => now,
  });
  await authenticator.runOnce();
});

async function issue(name: string, expiresAt: Date | null = null) {
  const made = issueAdmin({
    name,
    role: 'operator',
    expiresAt,
    createdBy: 'root',
    pepper: PEPPER,
    now,
  });
  await store.create(made.row);
  return made;
}

describe('the authentication of admins', () => {
  it('takes ADMIN_TOKEN without a look-up, and its successor when it rotates', async () => {
    store.away = true;
    expect(await authenticator.authenticate('the-root-token')).toMatchObject({
      name: 'ADMIN_TOKEN',
    });

    rootToken = 'the-next-one';

    expect(await authenticator.authenticate('the-next-one')).toMatchObject({ role: 'operator' });
    await expect(authenticator.authenticate('the-root-token')).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
    });
    expect(store.lookUps).toBe(0);
  });

  it.each([
    ['nothing', null],
    ['an empty text', ''],
    ['a tenant’s key', newTenantKey()],
    ['an unknown token', newAdminToken()],
    ['a mistyped token', `${newAdminToken().slice(0, -1)}!`],
  ])('refuses %s in the same words', async (_, token) => {
    rootToken = '';
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({
      code: 'PERMISSION_DENIED',
      message: expect.stringContaining('neither revoked nor expired'),
    });
  });

  it('asks once for a token, and again when the epoch has moved', async () => {
    const [alice, bob] = [await issue('alice'), await issue('bob')];
    await authenticator.authenticate(alice.token);
    await authenticator.authenticate(alice.token);
    expect(store.lookUps).toBe(1);

    await store.revoke(bob.row.id);
    await authenticator.runOnce();

    await authenticator.authenticate(alice.token);
    expect(store.lookUps).toBe(2);
    await expect(authenticator.authenticate(bob.token)).rejects.toThrow('revoked');
  });

  it('refuses a token from the moment at which it expires, remembered or not', async () => {
    const { token } = await issue('carl', minutes(1));
    await authenticator.authenticate(token);

    now = minutes(1);

    await expect(authenticator.authenticate(token)).rejects.toThrow('expired');
  });

  it('knows for ten minutes whom it has seen while the store is away, and says so to others', async () => {
    const [seen, unseen] = [await issue('dora'), await issue('emil')];
    await authenticator.authenticate(seen.token);
    store.away = true;

    now = minutes(9);
    expect(await authenticator.authenticate(seen.token)).toMatchObject({ name: 'dora' });
    const { token } = unseen;
    await expect(authenticator.authenticate(token)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    now = minutes(10);
    await expect(authenticator.authenticate(seen.token)).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
  });

  it('does not remember an answer that is older than a revocation here', async () => {
    const { token, row } = await issue('fred');
    const asked = authenticator.authenticate(token);
    await store.revoke(row.id);
    authenticator.forget();
    await asked.catch(() => undefined);

    await expect(authenticator.authenticate(token)).rejects.toThrow('revoked');
  });
});
