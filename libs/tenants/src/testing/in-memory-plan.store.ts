import { type PlanRemoval, PlanStore, type PlanView } from '../plan.store.js';
import type { Policy } from '../policy.js';
import type { InMemoryTenantStore } from './in-memory-tenant.store.js';

/** The plans of an `InMemoryTenantStore`. */
export class InMemoryPlanStore extends PlanStore {
  constructor(private readonly tenants: InMemoryTenantStore) {
    super();
  }

  override async list(): Promise<readonly PlanView[]> {
    const names = [...this.tenants.plans.keys()].toSorted();
    return names.flatMap((name) => this.view(name) ?? []);
  }

  override async find(name: string): Promise<PlanView | null> {
    return this.view(name);
  }

  override async put(name: string, policy: Policy): Promise<PlanView> {
    const changedAt = new Date();
    this.tenants.plans.set(name, { policy, changedAt });
    this.tenants.moveEpoch();
    return { name, policy, changedAt, tenants: this.tenants.countOf(name) };
  }

  override async remove(name: string): Promise<PlanRemoval> {
    const tenants = this.tenants.countOf(name);
    if (tenants > 0) return { outcome: 'in-use', tenants };
    if (!this.tenants.plans.delete(name)) return { outcome: 'unknown' };
    this.tenants.moveEpoch();
    return { outcome: 'removed' };
  }

  private view(name: string): PlanView | null {
    const plan = this.tenants.plans.get(name);
    return plan ? { name, ...plan, tenants: this.tenants.countOf(name) } : null;
  }
}
