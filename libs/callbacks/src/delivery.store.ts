import type { AttemptTrigger, Delivery, DeliveryAttempt, DeliveryState } from './delivery.js';
import type { ReceiverKey, ReceiverReport } from './receiver.js';

/** Which deliveries; what is absent does not matter. */
export interface DeliveryFilter {
  readonly tenantId?: string;
  readonly taskId?: string;
  readonly state?: DeliveryState;
  readonly event?: Delivery['event'];
  readonly origin?: string;
  /** Made at this time or later. */
  readonly from?: Date;
  /** Made before this time. */
  readonly to?: Date;
}

/** How many finished tests of a tenant are kept: nothing else ends them, as they have no task to go with. */
export const KEPT_TESTS = 100;

/**
 * Of a delivery's attempts the last so many are shown: the schedule makes a dozen, but somebody may ask for as
 * many as they like.
 */
export const SHOWN_ATTEMPTS = 100;

/** A delivery in a list: without its bytes. */
export type DeliverySummary = Omit<Delivery, 'body'>;

export interface DeliveryPage {
  /** Newest first. */
  readonly deliveries: readonly DeliverySummary[];
  /** Id to go on after; null: that was all. */
  readonly next: string | null;
}

/**
 * Deliveries as people see them: reading, and asking for one again. Those of an erased task are shown to
 * nobody (`find`, `list`) and never sent again. They are made elsewhere, in the same
 * commit as the change of the task, and worked off by `DeliveryQueue`.
 */
export abstract class DeliveryStore {
  /** In order of `sequence`. The caller has checked whose task it is. */
  abstract findForTask(taskId: string): Promise<readonly Delivery[]>;

  /** The last `SHOWN_ATTEMPTS` of every delivery of the task, by `sequence`, then by number. */
  abstract attemptsOf(taskId: string): Promise<readonly DeliveryAttempt[]>;

  /** Null: there is none of that id, or it is another tenant's (`tenantId` null: anybody's). Attempts as in `attemptsOf`. */
  abstract find(
    tenantId: string | null,
    deliveryId: string,
  ): Promise<{
    readonly delivery: Delivery;
    readonly attempts: readonly DeliveryAttempt[];
  } | null>;

  abstract list(
    filter: DeliveryFilter,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<DeliveryPage>;

  /** How many deliveries a `replay` would send again, counted to `most`. */
  abstract countRedeliverable(filter: DeliveryFilter, most: number): Promise<number>;

  /**
   * Has deliveries of ends of tasks and tests sent once more, whatever became of them, oldest first and at
   * most `limit`; `deliveryId`: this one. One that is under way is sent again after it. Erased tasks have
   * nothing to send. A `replay` passes by those that wait for an attempt that somebody asked for, so that
   * the next one takes the rest. Returns the ids.
   */
  abstract redeliver(
    filter: DeliveryFilter & { readonly deliveryId?: string },
    trigger: Exclude<AttemptTrigger, 'auto'>,
    limit: number,
  ): Promise<readonly string[]>;

  /**
   * Writes a delivery of no task (`callback.test`), due at once; it is tried once. False: the tenant has
   * `mostUnfinished` already, and nothing was written. Of a tenant's finished ones, the newest
   * `KEPT_TESTS` stay.
   */
  abstract addTest(delivery: Delivery, mostUnfinished: number): Promise<boolean>;

  /**
   * Receivers, those that fail the longest first; `failing`: only those that fail, are left alone or
   * disabled. At most `limit`.
   */
  abstract receivers(filter: {
    readonly tenantId?: string;
    readonly origin?: string;
    readonly failing: boolean;
    readonly limit: number;
  }): Promise<readonly ReceiverReport[]>;

  /**
   * Leaves a receiver alone for good, or no longer: then it starts with a clean slate. Either way what
   * waits for it is looked at at once. False: unknown.
   */
  abstract setReceiverDisabled(key: ReceiverKey, disabled: boolean): Promise<boolean>;
}
