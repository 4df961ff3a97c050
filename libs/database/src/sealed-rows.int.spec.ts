import { newSigningKey } from '@app/callbacks';
import { CREDENTIAL_PURPOSE } from '@app/providers';
import { UPSTREAM_SECRET_PURPOSE } from '@app/proxy';
import { CallbackSecrets, Keyring } from '@app/tenants';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openCallbackKey } from './callback-key.js';
import { PostgresCredentialStore } from './postgres-credential.store.js';
import { openInstance } from './instance.js';
import { PostgresRoutingStore } from './postgres-routing.store.js';
import { PostgresTenantStore } from './postgres-tenant.store.js';
import { SEALED_COLUMNS } from './sealed-columns.js';
import { SealedRows } from './sealed-rows.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant } from './testing/postgres-harness.js';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const onlyOld = new Keyring(OLD);
const both = new Keyring(NEW, OLD);
const onlyNew = new Keyring(NEW);

let opened: OpenTestDatabase;
let sealed: SealedRows;
beforeEach(async () => {
  opened = await openTestDatabase();
  sealed = new SealedRows(opened.database);
});
afterEach(async () => await opened.close());

const silent = (): void => undefined;

const secretsUnder = (keyring: Keyring): CallbackSecrets =>
  new CallbackSecrets(new PostgresTenantStore(opened.database), () => keyring, {
    generate: () => `whsec_${Math.random()}`,
    check: () => undefined,
  });

/** Everything that is sealed, opened; made where there is none. */
async function everything(keyring: Keyring, tenantId: string) {
  const { keyPepper } = await openInstance(opened.database, keyring);
  return {
    pepper: keyPepper.toString('base64'),
    callbackKey: await openCallbackKey(opened.database, keyring, newSigningKey),
    secret: await secretsUnder(keyring).current(tenantId),
  };
}

const STORED = { purpose: CREDENTIAL_PURPOSE, rowId: 'cred_1' };

/** The one stored key, opened; made where there is none. */
async function upstreamKey(keyring: Keyring): Promise<string> {
  const store = new PostgresCredentialStore(opened.database);
  const kept = await store.sealed();
  if (kept.length === 0) {
    await store.add({
      id: STORED.rowId,
      provider: 'bfl',
      label: '',
      account: 'bfl:1',
      weight: 1,
      baseUrl: null,
      stepSeconds: 60,
      replaces: null,
      sealed: keyring.seal(STORED, 'key of a vendor'),
    });
  }
  const [credential] = await store.sealed();
  if (!credential) throw new Error('The key was not kept');
  return keyring.open(STORED, credential.sealed);
}

const SECOND = { purpose: UPSTREAM_SECRET_PURPOSE, rowId: 'second' };

/** The key of the one stored upstream, opened; made where there is none. */
async function secretOfUpstream(keyring: Keyring): Promise<string> {
  const store = new PostgresRoutingStore(opened.database);
  if ((await store.list()).upstreams.length === 0) {
    await store.putUpstream({
      name: SECOND.rowId,
      baseUrl: 'https://second.example/v1',
      weight: 1,
      injectUsage: true,
      sealed: keyring.seal(SECOND, 'key of an upstream'),
    });
  }
  const sealedSecret = (await store.list()).upstreams[0]?.sealed;
  if (!sealedSecret) throw new Error('The key was not kept');
  return keyring.open(SECOND, sealedSecret);
}

describe('sealing again', () => {
  it('lets the old master key be taken out: what it sealed is read with the new one alone', async () => {
    const tenantId = await makeTenant(opened.database);
    const before = await everything(onlyOld, tenantId);
    const storedKey = await upstreamKey(onlyOld);
    const secretBefore = await secretOfUpstream(onlyOld);
    await expect(everything(onlyNew, tenantId)).rejects.toThrow('not in MASTER_KEY');

    const report = await sealed.reseal(both, silent);

    expect(report).toEqual({ resealed: SEALED_COLUMNS.length, unopened: [] });
    expect(await everything(onlyNew, tenantId)).toEqual(before);
    expect(await upstreamKey(onlyNew)).toBe(storedKey);
    expect(await secretOfUpstream(onlyNew)).toBe(secretBefore);
    expect(new Set((await sealed.count()).map(({ keyId }) => keyId))).toEqual(
      new Set([both.currentKeyId]),
    );
    expect(await sealed.reseal(both, silent)).toEqual({ resealed: 0, unopened: [] });
  });

  it('is safe beside processes that read and write with the ring', async () => {
    const tenantIds = await Promise.all(
      Array.from({ length: 20 }, async () => await makeTenant(opened.database)),
    );
    await Promise.all(tenantIds.map(async (id) => await everything(onlyOld, id)));
    const writers = tenantIds.map(async (id) => await secretsUnder(both).rotate(id, 3600));
    const [, ...rotated] = await Promise.all([sealed.reseal(both, silent), ...writers]);
    await sealed.reseal(both, silent);

    const current = tenantIds.map(async (id) => await secretsUnder(onlyNew).current(id));
    expect(await Promise.all(current)).toEqual(rotated);
    for (const id of tenantIds) {
      expect(await secretsUnder(onlyNew).secretsOf(id)).toHaveLength(2);
    }
  });

  it('goes on past rows that it cannot open, and names them without what they hold', async () => {
    const [damaged, whole] = [await makeTenant(opened.database), await makeTenant(opened.database)];
    await everything(onlyOld, damaged);
    const { secret } = await everything(onlyOld, whole);
    await opened.database.query(`UPDATE callback_secrets SET box = '\\x00' WHERE tenant_id = $1`, [
      damaged,
    ]);

    const { unopened } = await sealed.reseal(both, silent);

    expect(unopened).toEqual([
      expect.stringMatching(/^callback_secrets\.box of cs_.* is cut short/),
    ]);
    expect(await secretsUnder(onlyNew).current(whole)).toBe(secret);
    expect(await sealed.count()).toContainEqual({
      column: 'callback_secrets.box',
      keyId: onlyOld.currentKeyId,
      rows: 1,
    });
  });

  it('knows every sealed column of the schema', async () => {
    const rows = await opened.database.query<{ column: string }>(
      `SELECT table_name || '.' || column_name AS column FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name LIKE '%box'`,
      [],
    );

    const known = SEALED_COLUMNS.map(({ table, box }) => `${table}.${box}`);
    expect(rows.map(({ column }) => column).toSorted()).toEqual(known.toSorted());
  });
});
