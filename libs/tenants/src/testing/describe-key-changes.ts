import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { issueKey, newTenant } from '../issue-key.js';
import type { NewTenantKeyRow, TenantStore } from '../tenant.store.js';

const CREATED = new Date('2026-01-01T00:00:00.000Z');
const PEPPER = Buffer.alloc(32, 9);
/** Of the tenant. */
const POLICY = { weight: 2 };
const days = (count: number): Date => new Date(CREATED.getTime() + count * 86_400_000);

/** What every tenant store promises of keys that are changed and rotated; names are fresh. */
export function describeKeyChanges(name: string, makeStore: () => Promise<TenantStore>): void {
  describe(`${name} with keys that change`, () => {
    let store: TenantStore;
    let tenantId: string;
    beforeEach(async () => {
      store = await makeStore();
      const tenant = newTenant(`tenant-${randomUUID()}`, CREATED, POLICY);
      tenantId = (await store.createTenant(tenant)).id;
    });

    const add = async (fields: Partial<NewTenantKeyRow> = {}): Promise<NewTenantKeyRow> => {
      const { row } = issueKey({ tenantId, pepper: PEPPER, now: CREATED });
      const key = { ...row, ...fields };
      await store.createKey(key);
      return key;
    };
    const successor = (now = days(1)) => {
      const { row } = issueKey({ tenantId, pepper: PEPPER, now });
      return { id: row.id, prefix: row.prefix, digest: row.digest, createdAt: now };
    };

    it('shows a key’s own policy besides its tenant’s', async () => {
      const { digest, id } = await add({ policy: { maxTokens: 5 } });

      expect(await store.findKey(digest)).toMatchObject({
        policy: POLICY,
        keyPolicy: { maxTokens: 5 },
      });
      expect(await store.listKeys(tenantId)).toMatchObject([{ id, policy: { maxTokens: 5 } }]);
    });

    it('changes what is given, keeps the rest, and moves the epoch', async () => {
      const { id, digest } = await add({ name: 'ci', scopes: ['read'], expiresAt: days(9) });
      const before = await store.epoch();

      const limited = await store.changeKey(tenantId, id, { policy: { maxTokens: 5 } });
      const after = await store.epoch();
      const wider = await store.changeKey(tenantId, id, { scopes: ['read', 'tasks'], name: '' });
      const lasting = await store.changeKey(tenantId, id, { expiresAt: null });

      expect(after).not.toBe(before);
      expect(limited).toMatchObject({
        name: 'ci',
        scopes: ['read'],
        policy: { maxTokens: 5 },
        expiresAt: days(9),
      });
      expect(wider).toMatchObject({ name: '', scopes: ['read', 'tasks'], expiresAt: days(9) });
      expect(await store.listKeys(tenantId)).toEqual([lasting]);
      expect(await store.findKey(digest)).toMatchObject({
        scopes: ['read', 'tasks'],
        keyPolicy: { maxTokens: 5 },
        expiresAt: null,
      });
    });

    it('changes and rotates no key in the name of another tenant', async () => {
      const { id } = await add();
      const before = await store.epoch();
      const rotation = { next: successor(), retireAt: days(2) };

      expect(await store.changeKey('tn_other', id, { scopes: [] })).toBeNull();
      expect(await store.rotateKey('tn_other', id, rotation)).toBeNull();
      expect(await store.epoch()).toBe(before);
    });

    it('rotates: the new key is as the old one was, and the old one ends', async () => {
      const old = await add({ name: 'ci', scopes: ['read'], policy: { maxTokens: 5 } });
      const next = successor();
      const before = await store.epoch();

      const rotated = await store.rotateKey(tenantId, old.id, { next, retireAt: days(2) });

      expect(rotated).toEqual({
        key: {
          id: next.id,
          tenantId,
          name: 'ci',
          prefix: next.prefix,
          scopes: ['read'],
          policy: { maxTokens: 5 },
          createdAt: next.createdAt,
          expiresAt: null,
          revokedAt: null,
          replacedBy: null,
        },
        previousExpiresAt: days(2),
      });
      expect(await store.findKey(next.digest)).toMatchObject({ keyId: next.id });
      expect(await store.findKey(old.digest)).toMatchObject({ expiresAt: days(2) });
      expect(await store.listKeys(tenantId)).toMatchObject([
        { id: old.id, replacedBy: next.id },
        { id: next.id },
      ]);
      expect(await store.epoch()).not.toBe(before);
    });

    it('gives the new key as long a life as the old one had, and keeps a sooner end', async () => {
      const old = await add({ expiresAt: days(10) });

      const rotated = await store.rotateKey(tenantId, old.id, {
        next: successor(days(9)),
        retireAt: days(11),
      });

      expect(rotated?.key.expiresAt).toEqual(days(19));
      expect(rotated?.previousExpiresAt).toEqual(days(10));
    });

    it.each([
      ['revoked', async (id: string) => void (await store.revokeKey(tenantId, id))],
      [
        'rotated before',
        async (id: string) =>
          void (await store.rotateKey(tenantId, id, { next: successor(), retireAt: days(5) })),
      ],
      [
        'expired',
        async (id: string) => void (await store.changeKey(tenantId, id, { expiresAt: days(1) })),
      ],
    ])('rotates no key that was %s', async (says, spoil) => {
      const { id } = await add();
      await spoil(id);
      const before = await store.listKeys(tenantId);

      const rotation = { next: successor(days(1)), retireAt: days(2) };
      await expect(store.rotateKey(tenantId, id, rotation)).rejects.toMatchObject({
        code: 'INVALID_REQUEST',
        message: expect.stringContaining(says),
      });

      expect(await store.listKeys(tenantId)).toEqual(before);
    });

    it('makes one new key when several rotate at once', async () => {
      const { id } = await add();

      const all = await Promise.allSettled(
        [1, 2, 3].map(
          async () => await store.rotateKey(tenantId, id, { next: successor(), retireAt: days(2) }),
        ),
      );

      expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      expect(await store.listKeys(tenantId)).toHaveLength(2);
    });

    it('changes neither a revoked key nor one of INTERNAL_KEYS', async () => {
      const { id } = await add();
      await store.revokeKey(tenantId, id);
      const digest = randomBytes(32);
      await store.upsertInternal([{ tenant: `internal-${randomUUID()}`, digest, prefix: 'i…' }]);
      const internal = await store.findKey(digest);

      const refused = { code: 'INVALID_REQUEST' };
      await expect(store.changeKey(tenantId, id, { name: 'x' })).rejects.toMatchObject(refused);
      await expect(
        store.changeKey(internal?.tenantId ?? '', internal?.keyId ?? '', { name: 'x' }),
      ).rejects.toMatchObject({ ...refused, message: expect.stringContaining('INTERNAL_KEYS') });
    });

    it('says of many keys which are in force, what they let their callers do, and until when', async () => {
      const [lasting, ending, revoked] = [
        await add(),
        await add({ expiresAt: days(3), policy: { maxTokens: 5 } }),
        await add(),
      ];
      await store.revokeKey(tenantId, revoked.id);

      const ids = [lasting.id, ending.id, revoked.id, 'key_unknown'];
      const { scopes } = lasting;
      expect(await store.keysInForce(ids)).toEqual(
        new Map([
          [lasting.id, { scopes, policy: POLICY, keyPolicy: {}, expiresAt: null }],
          [ending.id, { scopes, policy: POLICY, keyPolicy: { maxTokens: 5 }, expiresAt: days(3) }],
        ]),
      );
      expect(await store.keysInForce([])).toEqual(new Map());
    });
  });
}
