import type { Delivery, DeliveryAttempt } from './delivery.js';

/** Where a delivery stands after an attempt. */
export type AfterAttempt =
  | { readonly state: 'pending'; readonly nextAttemptAt: Date }
  | { readonly state: 'delivered' | 'dead'; readonly nextAttemptAt: null };

/**
 * The rows of deliveries. They are made elsewhere, in the same commit as the change of the task;
 * here they are only worked off. `due` is judged by the store's own clock.
 */
export abstract class DeliveryStore {
  /**
   * Takes the delivery for one attempt, or null when there is nothing to do: it is final, not due,
   * or another worker holds it. A compare-and-set that moves `nextAttemptAt` to `leaseUntil`, so a
   * worker that dies gives the delivery back by the lapse of time alone.
   */
  abstract claim(deliveryId: string, leaseUntil: Date): Promise<Delivery | null>;

  /**
   * Writes the attempt and moves the delivery on, in one statement. An attempt whose number is not
   * `attempts + 1` came too late (its lease had lapsed, another worker's is recorded) and is ignored.
   */
  abstract record(attempt: DeliveryAttempt, next: AfterAttempt): Promise<void>;

  /**
   * Makes the callback of the task's end due now once more, whatever became of it, with a ring in the
   * same commit; the attempt counts as `manual`. False: the task has not ended, or has no callback.
   */
  abstract redeliver(taskId: string): Promise<boolean>;

  /** Ids of pending deliveries that are due, the longest overdue first. */
  abstract due(limit: number): Promise<readonly string[]>;

  /** In order of `sequence`. The caller has checked whose task it is. */
  abstract findForTask(taskId: string): Promise<readonly Delivery[]>;

  /** Every attempt of every delivery of the task, by `sequence`, then by number. */
  abstract attemptsOf(taskId: string): Promise<readonly DeliveryAttempt[]>;
}
