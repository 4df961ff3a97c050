import type { AttemptErrorClass, Delivery, DeliveryAttempt } from './delivery.js';
import type { ReceiverHealth, ReceiverKey } from './receiver.js';

/** A delivery that may be sent, as much of it as the choice needs. */
export interface DueDelivery {
  readonly id: string;
  readonly event: Delivery['event'];
  readonly sequence: number;
  readonly createdAt: Date;
  /** Nobody has tried it yet, or a person waits for it: it goes before what is tried again. */
  readonly isFirst: boolean;
  /** The same task has a later delivery. */
  readonly isSuperseded: boolean;
}

/** One receiver in the turn of a worker that holds its row's lock. */
export interface ReceiverView extends ReceiverKey {
  readonly health: ReceiverHealth;
  /** Attempts under way, in all workers. */
  readonly inFlight: number;
  /**
   * Due ones, at most `ClaimLimits.perReceiver`: first attempts before all others, so that no flood of
   * retries hides one; the longest due first in each.
   */
  readonly due: readonly DueDelivery[];
  /** When the first that is not due yet will be; null: there is none. */
  readonly nextDueAt: Date | null;
  /** More are due than `due` shows. */
  readonly hasMore: boolean;
}

export interface ClaimView {
  /** Postgres' clock. */
  readonly now: Date;
  readonly receivers: readonly ReceiverView[];
}

/** What becomes of one receiver's deliveries in this turn; those in no list stay as they are. */
export interface ReceiverDecision extends ReceiverKey {
  /** Ids to send now. */
  readonly send: readonly string[];
  /** Not sent, and why. One that ended before (it was to be sent once more) stays as it ended. */
  readonly end: readonly {
    readonly id: string;
    readonly state: 'skipped' | 'dead';
    readonly note: string;
  }[];
  readonly health: ReceiverHealth;
  /** When to look at it again; null: when something new is due. */
  readonly lookAt: Date | null;
  /** It has more than it may be sent at once: look again as soon as an attempt ends. */
  readonly crowded: boolean;
}

export interface ClaimLimits {
  /** Receivers that are looked at in one turn. */
  readonly receivers: number;
  readonly perReceiver: number;
  /** For how long what is claimed is nobody else's. */
  readonly leaseMs: number;
}

export interface ClaimedDelivery extends Delivery {
  /** Names this claim; `record` takes nothing from another one. */
  readonly leaseUntil: Date;
  /** An attempt before this one was begun by a worker that did not live to record it. */
  readonly wasInterrupted: boolean;
}

/** Where a delivery stands after an attempt. `nextAttemptAt` only with `pending`. */
export interface AfterAttempt {
  readonly state: Exclude<Delivery['state'], 'skipped'>;
  readonly nextAttemptAt: Date | null;
}

export interface FinishedAttempt {
  readonly claimed: ClaimedDelivery;
  readonly attempt: DeliveryAttempt;
  readonly next: AfterAttempt;
  /** Seconds that the receiver asked to be left alone for (429, 503). */
  readonly retryAfterSeconds?: number | undefined;
}

/** What a receiver's health learns of one attempt. */
export interface Outcome {
  readonly errorClass: AttemptErrorClass | null;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * The deliveries as the workers see them: what is due waits in Postgres, by receiver, and is claimed
 * under the lock of the receiver's row, so limits hold over all workers. Redis has no part in it. A
 * delivery is made by the statement that changes its task; a fresh one is found without anybody naming
 * its receiver.
 */
export abstract class DeliveryQueue {
  /**
   * One turn: receivers with something due (and fresh deliveries) that no other worker holds are shown
   * to `decide`, and what it says is written, in one transaction. A claimed delivery's `nextAttemptAt`
   * is its lease, so a worker that dies gives it back by the lapse of time alone.
   */
  abstract claim(
    limits: ClaimLimits,
    decide: (view: ClaimView) => readonly ReceiverDecision[],
  ): Promise<{
    readonly claimed: readonly ClaimedDelivery[];
    /** As many receivers as were asked for: there may be more. */
    readonly hasMore: boolean;
  }>;

  /**
   * Writes attempts, moves their deliveries on and lets the receivers' health learn of them (`learn`, in
   * order, under the row's lock), in one transaction. An attempt whose claim is no longer its delivery's
   * (the lease lapsed, another worker's is there) is ignored. What somebody asked for while the attempt
   * was under way is due at once afterwards. Returns those whose receiver another worker holds for so long
   * that the others would suffer: nothing is written of them yet, they are to be brought again.
   */
  abstract record(
    finished: readonly FinishedAttempt[],
    learn: (health: ReceiverHealth, outcomes: readonly Outcome[], now: Date) => ReceiverHealth,
  ): Promise<readonly FinishedAttempt[]>;
}
