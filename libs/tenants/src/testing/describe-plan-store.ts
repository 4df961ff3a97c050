import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { issueKey, newTenant } from '../issue-key.js';
import { DEFAULT_PLAN, type PlanStore } from '../plan.store.js';
import type { Policy } from '../policy.js';
import type { TenantStore } from '../tenant.store.js';

export interface PlanStores {
  readonly plans: PlanStore;
  readonly tenants: TenantStore;
}

const CREATED = new Date('2026-01-01T00:00:00.000Z');
const PEPPER = Buffer.alloc(32, 9);

/** What every plan store promises, together with the store of its tenants; other rows may be there. */
export function describePlanStore(name: string, makeStores: () => Promise<PlanStores>): void {
  describe(`${name} as a plan store`, () => {
    let plans: PlanStore;
    let tenants: TenantStore;
    let plan: string;
    beforeEach(async () => {
      ({ plans, tenants } = await makeStores());
      plan = `plan-${randomUUID()}`;
      await plans.remove(DEFAULT_PLAN);
    });

    const tenantOn = async (planName: string | null, policy: Policy = {}) =>
      await tenants.createTenant(newTenant(`tenant-${randomUUID()}`, CREATED, policy, planName));

    it('keeps a plan, replaces its policy and moves the epoch each time', async () => {
      const epochs = [await tenants.epoch()];
      const made = await plans.put(plan, { requestsPerMinute: 5 });
      epochs.push(await tenants.epoch());
      const changed = await plans.put(plan, { weight: 2 });
      epochs.push(await tenants.epoch());

      expect(made).toMatchObject({ name: plan, policy: { requestsPerMinute: 5 }, tenants: 0 });
      expect(await plans.find(plan)).toEqual(changed);
      expect(changed).toMatchObject({ policy: { weight: 2 }, changedAt: expect.any(Date) });
      expect(await plans.list()).toContainEqual(changed);
      expect(new Set(epochs).size).toBe(3);
    });

    it('finds no plan that was never made', async () => {
      expect(await plans.find(plan)).toBeNull();
      expect(await plans.remove(plan)).toEqual({ outcome: 'unknown' });
    });

    it('governs its tenants, whose own fields come first', async () => {
      await plans.put(plan, { requestsPerMinute: 5, models: { allow: ['gpt-5*'] } });
      const made = await tenantOn(plan, { requestsPerMinute: 9 });
      const { row } = issueKey({ tenantId: made.id, pepper: PEPPER, now: CREATED });
      await tenants.createKey(row);

      const effective = { requestsPerMinute: 9, models: { allow: ['gpt-5*'] } };
      expect(made).toMatchObject({
        plan,
        policy: { requestsPerMinute: 9 },
        effectivePolicy: effective,
      });
      expect(await tenants.findTenant(made.id)).toEqual(made);
      expect(await tenants.listTenants()).toContainEqual(made);
      expect(await tenants.findKey(row.digest)).toMatchObject({ policy: effective });
      expect((await tenants.callbackRules(made.id))?.policy).toEqual(effective);
      expect(await plans.find(plan)).toMatchObject({ tenants: 1 });
    });

    it('is in force for tenants without a plan when it is named default', async () => {
      const tenant = await tenantOn(null, { weight: 2 });
      await plans.put(DEFAULT_PLAN, { maxTokens: 100 });
      const [found] = [await tenants.findTenant(tenant.id)];
      await plans.remove(DEFAULT_PLAN);

      expect(tenant.effectivePolicy).toEqual({ weight: 2 });
      expect(found).toMatchObject({ plan: null, effectivePolicy: { weight: 2, maxTokens: 100 } });
      expect((await tenants.findTenant(tenant.id))?.effectivePolicy).toEqual({ weight: 2 });
    });

    it('is given to a tenant, stays when only the policy changes, and is taken away', async () => {
      const { id } = await tenantOn(null);
      await plans.put(plan, { maxTokens: 7 });

      const given = await tenants.changeTenant(id, { plan });
      const kept = await tenants.changeTenant(id, { policy: { weight: 3 } });
      const taken = await tenants.changeTenant(id, { plan: null });

      expect(given?.effectivePolicy).toEqual({ maxTokens: 7 });
      expect(kept).toMatchObject({ plan, effectivePolicy: { weight: 3, maxTokens: 7 } });
      expect(taken).toMatchObject({ plan: null, policy: { weight: 3 } });
      expect(taken?.effectivePolicy).toEqual({ weight: 3 });
    });

    it('is refused by name where there is none, and changes nothing then', async () => {
      const tenant = await tenantOn(null);
      const before = await tenants.epoch();

      const wrong = { code: 'INVALID_REQUEST', param: 'plan' };
      await expect(tenantOn(plan)).rejects.toMatchObject(wrong);
      await expect(
        tenants.changeTenant(tenant.id, { plan, policy: { weight: 9 } }),
      ).rejects.toMatchObject(wrong);
      expect(await tenants.findTenant(tenant.id)).toEqual(tenant);
      expect(await tenants.epoch()).toBe(before);
    });

    it('stays while tenants have it, and goes after', async () => {
      await plans.put(plan, {});
      const [first, second] = [await tenantOn(plan), await tenantOn(plan)];

      expect(await plans.remove(plan)).toEqual({ outcome: 'in-use', tenants: 2 });
      for (const { id } of [first, second]) await tenants.changeTenant(id, { plan: null });
      const before = await tenants.epoch();
      expect(await plans.remove(plan)).toEqual({ outcome: 'removed' });
      expect(await plans.find(plan)).toBeNull();
      expect(await tenants.epoch()).not.toBe(before);
    });

    it('never goes from under a tenant that is given it at the same time', async () => {
      await plans.put(plan, {});
      const [given, removed] = await Promise.allSettled([tenantOn(plan), plans.remove(plan)]);

      const isRemoved = removed.status === 'fulfilled' && removed.value.outcome === 'removed';
      expect(given.status).toBe(isRemoved ? 'rejected' : 'fulfilled');
    });
  });
}
