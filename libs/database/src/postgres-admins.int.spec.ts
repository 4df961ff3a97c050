import { AdminAuthenticator, issueAdmin } from '@app/tenants';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Keyring } from '@app/tenants';
import { openInstance } from './instance.js';
import { PostgresAdminStore } from './postgres-admin.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

const PEPPER = Buffer.alloc(32, 6);
const NOW = new Date('2026-11-23T12:00:00.000Z');

let opened: OpenTestDatabase;
let store: PostgresAdminStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  await openInstance(opened.database, new Keyring(Buffer.alloc(32, 1)));
  store = new PostgresAdminStore(opened.database);
});
afterAll(async () => await opened.close());

const issue = (name: string, expiresAt: Date | null = null) =>
  issueAdmin({ name, role: 'viewer', expiresAt, createdBy: 'root', pepper: PEPPER, now: NOW });

const authenticator = () =>
  new AdminAuthenticator(store, { rootToken: () => 'root', pepper: PEPPER, now: () => NOW });

describe('named admin tokens in Postgres', () => {
  it('are found by their digest, and stop in every process that looks at the epoch', async () => {
    const { token, row } = issue('alice');
    await store.create(row);
    const [here, elsewhere] = [authenticator(), authenticator()];
    await Promise.all([here.runOnce(), elsewhere.runOnce()]);
    const alice = { id: row.id, name: 'alice', role: 'viewer', expiresAt: null };
    expect(await here.authenticate(token)).toEqual(alice);
    expect(await elsewhere.authenticate(token)).toEqual(alice);

    expect(await store.revoke(row.id)).toBe(true);
    here.forget();

    await expect(here.authenticate(token)).rejects.toThrow('neither revoked nor expired');
    await elsewhere.runOnce();
    await expect(elsewhere.authenticate(token)).rejects.toThrow('neither revoked nor expired');
  });

  it('give a name free when they are revoked, not before', async () => {
    const { row } = issue('bob');
    await store.create(row);
    await expect(store.create(issue('bob').row)).rejects.toMatchObject({ param: 'name' });

    await store.revoke(row.id);
    await store.create(issue('bob').row);

    const bobs = (await store.list()).filter(({ name }) => name === 'bob');
    expect(bobs.filter(({ revokedAt }) => revokedAt === null)).toHaveLength(1);
    expect(bobs).toHaveLength(2);
    expect(await store.revoke(row.id)).toBe(true);
    expect(await store.revoke('adm_nobody')).toBe(false);
  });

  it('keep no token', async () => {
    const { token, row } = issue('carol');
    await store.create(row);

    const rows = await opened.database.query<{ row: string }>(
      'SELECT admins::text AS row FROM admins',
      [],
    );
    expect(rows.map((one) => one.row).join('\n')).not.toContain(token.slice(8));
  });
});
