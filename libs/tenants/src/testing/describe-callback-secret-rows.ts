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

      expect(await store.callbackSecrets(tenantId)).toEqual([]);
    });

    it('keeps one of several first secrets, box and all', async () => {
      const { store, tenantId } = await withTenant();
      const offered = [makeSecret(tenantId, day(1)), makeSecret(tenantId, day(1))];

      await Promise.all(offered.map(async (secret) => await store.addFirstCallbackSecret(secret)));

      const kept = (await store.callbackSecrets(tenantId)).map(comparable);
      expect(kept).toHaveLength(1);
      expect(offered.map(comparable)).toContainEqual(kept[0]);
    });

    it('puts a replacement in front and lets the old ones expire, none later than before', async () => {
      const { store, tenantId } = await withTenant();
      const secrets = [1, 2, 3].map((number) => makeSecret(tenantId, day(number)));
      const [oldest, older, newest] = secrets as [SealedSecret, SealedSecret, SealedSecret];
      await store.addFirstCallbackSecret(oldest);

      await store.replaceCallbackSecret(older, day(4));
      await store.replaceCallbackSecret(newest, day(6));

      expect((await store.callbackSecrets(tenantId)).map(comparable)).toEqual([
        comparable(newest),
        comparable({ ...older, expiresAt: day(6) }),
        comparable({ ...oldest, expiresAt: day(4) }),
      ]);
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
