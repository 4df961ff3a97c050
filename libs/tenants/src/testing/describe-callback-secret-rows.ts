import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newTenant } from '../issue-key.js';
import type { SealedSecret, TenantStore } from '../tenant.store.js';

const DAY_MS = 86_400_000;
const day = (number: number): Date => new Date(Date.UTC(2026, 0, 1) + number * DAY_MS);

/** What every tenant store promises of the callback secrets that it keeps. */
export function describeCallbackSecretRows(
  name: string,
  makeStore: () => Promise<TenantStore>,
): void {
  const withTenant = async () => {
    const store = await makeStore();
    const tenant = newTenant(`tenant-${randomUUID()}`, day(0));
    await store.createTenant(tenant);
    return { store, tenantId: tenant.id };
  };

  describe(`${name} as a store of callback secrets`, () => {
    it('keeps nothing for a tenant that never asked', async () => {
      const { store, tenantId } = await withTenant();

      expect(await store.callbackSecrets([tenantId])).toEqual([]);
    });

    it('keeps one of several first secrets, box and all', async () => {
      const { store, tenantId } = await withTenant();
      const offered = [makeSecret(tenantId, day(1)), makeSecret(tenantId, day(1))];

      await Promise.all(offered.map(async (secret) => await store.addFirstCallbackSecret(secret)));

      const kept = (await store.callbackSecrets([tenantId])).map(comparable);
      expect(kept).toHaveLength(1);
      expect(offered.map(comparable)).toContainEqual(kept[0]);
    });

    it('puts a replacement in front and lets the old ones expire, none later than before', async () => {
      const { store, tenantId } = await withTenant();
      const secrets = [1, 2, 3].map((number) => makeSecret(tenantId, day(number)));
      const [oldest, older, newest] = secrets as [SealedSecret, SealedSecret, SealedSecret];
      await store.addFirstCallbackSecret(oldest);

      await store.replaceCallbackSecret(older, day(4), 10);
      await store.replaceCallbackSecret(newest, day(6), 10);

      expect((await store.callbackSecrets([tenantId])).map(comparable)).toEqual([
        comparable(newest),
        comparable({ ...older, expiresAt: day(6) }),
        comparable({ ...oldest, expiresAt: day(4) }),
      ]);
    });

    it('has the replacement in front although its maker’s clock is behind', async () => {
      const { store, tenantId } = await withTenant();
      const [early, late] = [makeSecret(tenantId, day(1)), makeSecret(tenantId, day(2))];
      await store.addFirstCallbackSecret(late);

      await store.replaceCallbackSecret(early, day(4), 10);

      const [first] = await store.callbackSecrets([tenantId]);
      expect(first?.id).toBe(early.id);
    });

    it('forgets what has expired, and the oldest of too many', async () => {
      const { store, tenantId } = await withTenant();
      const secrets = [1, 2, 3, 4].map((number) => makeSecret(tenantId, day(number)));
      const ids = secrets.map(({ id }) => id);
      const idsKept = async () => (await store.callbackSecrets([tenantId])).map(({ id }) => id);

      for (const secret of secrets) await store.replaceCallbackSecret(secret, day(9), 3);
      expect(await idsKept()).toEqual([ids[3], ids[2], ids[1]]);

      const last = makeSecret(tenantId, day(5));
      await store.replaceCallbackSecret(last, day(5), 3);
      expect(await idsKept()).toEqual([last.id]);
    });

    it('forgets nothing of another tenant', async () => {
      const { store, tenantId } = await withTenant();
      const other = newTenant(`tenant-${randomUUID()}`, day(0));
      await store.createTenant(other);
      const theirs = [makeSecret(other.id, day(1)), makeSecret(other.id, day(2))];
      for (const secret of theirs) await store.replaceCallbackSecret(secret, day(3), 10);

      await store.replaceCallbackSecret(makeSecret(tenantId, day(8)), day(9), 1);

      const kept = await store.callbackSecrets([other.id]);
      expect(kept.map(({ id }) => id)).toEqual([theirs[1]?.id, theirs[0]?.id]);
    });

    it('tells of several tenants at once', async () => {
      const { store, tenantId } = await withTenant();
      const other = newTenant(`tenant-${randomUUID()}`, day(0));
      await store.createTenant(other);
      for (const id of [tenantId, other.id]) {
        await store.addFirstCallbackSecret(makeSecret(id, day(1)));
      }

      const kept = await store.callbackSecrets([tenantId, other.id, 'tn_nobody']);

      const owners = kept.map((secret) => secret.tenantId).toSorted();
      expect(owners).toEqual([tenantId, other.id].toSorted());
    });

    it('has one current secret, whoever makes the first and whoever replaces it at once', async () => {
      const { store, tenantId } = await withTenant();

      await Promise.all(
        Array.from({ length: 8 }, async (_, index) => {
          const secret = makeSecret(tenantId, day(index));
          if (index % 2 === 0) await store.addFirstCallbackSecret(secret);
          else await store.replaceCallbackSecret(secret, day(20), 10);
        }),
      );

      const kept = await store.callbackSecrets([tenantId]);
      expect(kept.filter(({ expiresAt }) => expiresAt === null)).toHaveLength(1);
      expect(kept[0]?.expiresAt).toBeNull();
    });
  });
}

const makeSecret = (tenantId: string, createdAt: Date): SealedSecret => ({
  id: `cs_${randomUUID()}`,
  tenantId,
  keyId: '01234567',
  box: Buffer.from(randomUUID()),
  createdAt,
  expiresAt: null,
});

/** A store may give the box as any kind of byte array. */
const comparable = (secret: SealedSecret) => ({
  ...secret,
  box: Buffer.from(secret.box).toString('hex'),
});
