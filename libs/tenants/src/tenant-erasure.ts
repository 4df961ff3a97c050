/**
 * What came of asking: `erasing`, also when it was asked for before; `internal`: the tenant is one of
 * INTERNAL_KEYS, and would be made again; `unknown`: no such tenant.
 */
export type ErasureAnswer = 'erasing' | 'internal' | 'unknown';

/** Where a tenant stands, for its operators. */
export interface ErasureState {
  /** It was asked for, and something may be left. */
  readonly erasing: boolean;
  /** Since when nothing is left but ids and money; null: something is. */
  readonly erasedAt: Date | null;
}

/** How far a pass over one tenant's tasks and audit rows has come; null: it begins. */
export interface ErasurePass {
  readonly task: string;
  readonly auditRow: string;
}

/**
 * Takes from a tenant all that is not money: its ledger and usage stay, under its id. Begun in one
 * commit, done in batches by workers; each can be repeated, so a worker that dies costs nothing.
 */
export abstract class TenantErasureStore {
  /**
   * At once: its name is free again, its keys are revoked and nameless (the epoch moves), its
   * callback secrets and settings are gone, and no new ones can be made.
   */
  abstract begin(tenantId: string): Promise<ErasureAnswer>;

  abstract state(tenantId: string): Promise<ErasureState>;

  /** Tenants that something may be left of, the one that was asked for first in front. */
  abstract erasing(limit: number): Promise<readonly string[]>;
  /** Ids of its unfinished tasks, parts not among them. */
  abstract unfinishedTasks(tenantId: string, limit: number): Promise<readonly string[]>;
  /**
   * One batch: finished tasks, deliveries, receivers, idempotency keys, audit rows; objects expire now, and the
   * retention takes them. Returns where the pass goes on; null: it came to its end.
   */
  abstract scrub(tenantId: string, pass: ErasurePass | null): Promise<ErasurePass | null>;
  /** Closes the erasure when nothing is left. False: something is, or a process may still know a key. */
  abstract finish(tenantId: string): Promise<boolean>;
}
