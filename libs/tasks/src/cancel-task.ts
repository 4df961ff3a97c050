import { type CancelOutcome, cancelOne, type CancelWays } from './cancel-one.js';
import { cancelParts } from './cancel-parts.js';
import type { MoveContext } from './move.js';
import type { OutputLink } from './present-task.js';
import type { TaskSignals } from './task-signals.js';
import type { TaskStore } from './task.store.js';
import type { Transition } from './transition.js';

export type { CancelOutcome } from './cancel-one.js';

export interface CancelParts extends Pick<CancelWays, 'providerOf'> {
  readonly store: TaskStore;
  readonly link: OutputLink;
  readonly signals: TaskSignals;
  /** Called when a commit left rings in the outbox. */
  readonly onRings: () => void;
  /** Called when a commit left a callback to be sent. */
  readonly onDelivery: () => void;
}

/** Ends a task because its owner wants it no longer, as far as that can be done. */
export class CancelTask {
  constructor(private readonly parts: CancelParts) {}

  /**
   * Null: the tenant has no such task. Canceling twice is canceling once.
   * @throws GatewayError `SERVICE_UNAVAILABLE` when the task changes faster than it can be read
   */
  async cancel(tenantId: string, taskId: string): Promise<CancelOutcome | null> {
    const { store, providerOf } = this.parts;
    const task = await store.find(taskId);
    if (task?.tenantId !== tenantId || task.part) return null;
    const ways = {
      store,
      providerOf,
      apply: async (build: (context: MoveContext) => Transition) => await this.apply(build),
    };
    return task.parts === null ? await cancelOne(ways, taskId) : await cancelParts(ways, task);
  }

  private async apply(build: (context: MoveContext) => Transition): Promise<boolean> {
    const transition = build({ now: new Date(), link: this.parts.link });
    if (!(await this.parts.store.apply(transition))) return false;
    if (transition.rings?.length) this.parts.onRings();
    if (transition.delivery) this.parts.onDelivery();
    this.parts.signals.tell([transition.to.id]);
    return true;
  }
}
