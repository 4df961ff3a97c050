import type { Plan, Policy } from './policy.js';

/** The plan of tenants that have none. */
export const DEFAULT_PLAN = 'default';

/** A plan as lists show it. */
export interface PlanView extends Plan {
  /** How many tenants name it; for `default`, those without a plan do not count. */
  readonly tenants: number;
  readonly changedAt: Date;
}

/** What became of a plan that was to go: `in-use` by so many tenants, it stays. */
export type PlanRemoval =
  | { readonly outcome: 'removed' }
  | { readonly outcome: 'unknown' }
  | { readonly outcome: 'in-use'; readonly tenants: number };

/** Rows of plans. Every change moves the identity epoch in the same commit. */
export abstract class PlanStore {
  /** By name. */
  abstract list(): Promise<readonly PlanView[]>;
  abstract find(name: string): Promise<PlanView | null>;
  /** Makes it, or replaces its policy. */
  abstract put(name: string, policy: Policy): Promise<PlanView>;
  abstract remove(name: string): Promise<PlanRemoval>;
}
