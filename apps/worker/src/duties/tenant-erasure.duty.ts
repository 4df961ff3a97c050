import type { Logger } from '@app/observability';
import type { CancelTask } from '@app/tasks';
import type { ErasurePass, TenantErasureStore } from '@app/tenants';
import type { Duty } from './duty.js';

export interface TenantErasureParts {
  readonly store: TenantErasureStore;
  readonly cancellation: Pick<CancelTask, 'cancel'>;
  readonly logger: Logger;
}

/**
 * Erases tenants that operators have deleted: unfinished tasks are canceled as their owner would, then
 * all but ids and money goes, batch by batch. What a vendor cannot stop ends by itself, and the
 * erasure waits for it. Whatever is cut off is done again.
 */
export class TenantErasureDuty implements Duty {
  readonly name = 'tenant-erasure';
  readonly everyMs = 5_000;
  private readonly passes = new Map<string, ErasurePass>();

  constructor(private readonly parts: TenantErasureParts) {}

  async runOnce(): Promise<boolean> {
    let more = false;
    for (const tenantId of await this.parts.store.erasing(TENANTS)) {
      more = (await this.erase(tenantId)) || more;
    }
    return more;
  }

  /** True when there is more to do right away. */
  private async erase(tenantId: string): Promise<boolean> {
    const { store, logger } = this.parts;
    const unfinished = await store.unfinishedTasks(tenantId, TASKS);
    for (const taskId of unfinished) await this.cancel(tenantId, taskId);
    const next = await store.scrub(tenantId, this.passes.get(tenantId) ?? null);
    if (next) {
      this.passes.set(tenantId, next);
      return true;
    }
    this.passes.delete(tenantId);
    if (unfinished.length === 0 && (await store.finish(tenantId))) {
      logger.info({ tenantId }, 'tenant erased');
    }
    return false;
  }

  /** One that cannot be canceled now is tried again at the next turn. */
  private async cancel(tenantId: string, taskId: string): Promise<void> {
    try {
      await this.parts.cancellation.cancel(tenantId, taskId);
    } catch (err) {
      this.parts.logger.warn({ err, taskId }, 'a task of an erased tenant is not canceled yet');
    }
  }
}

const TENANTS = 10;
const TASKS = 200;
