import type { Delivery } from '@app/callbacks';
import type { JsonObject } from '@app/providers';
import type { Transfer } from '@app/tenants';
import type { Attempt, AttemptState, Task, TaskOutput } from './task.js';

/**
 * One change of a task and all that must commit with it: a bundle. Built by pure functions
 * (`moves.ts`), written by the store in one statement: either everything, or nothing because
 * somebody else changed the task first.
 */
export interface Transition {
  /** The task as read; its `version` is the fence. */
  readonly from: Task;
  /** The task afterwards; `version` is one higher. */
  readonly to: Task;
  readonly at: Date;
  /** A short phrase for the task's history, e.g. `vendor accepted`. */
  readonly cause: string;
  /** When the reconciler should look if nothing more happens; null on a final task. */
  readonly nextActionAt: Date | null;
  readonly newAttempt?: NewAttempt;
  readonly attempt?: AttemptChange;
  /** Inserted, or brought up to date by (task, index). */
  readonly outputs?: readonly TaskOutput[];
  /** Of a task of several calls: what happens to its parts' outputs. */
  readonly gathered?: GatheredOutputs;
  readonly delivery?: Delivery;
  /** What the ledger is told: always there, if empty, at the end of a task that is nobody's part, and never else. */
  readonly transfers?: readonly Transfer[];
  readonly rings?: readonly Ring[];
}

/** Outputs of parts; those that are in neither stay where they are. */
export interface GatheredOutputs {
  /** Become the task's own, under this index; ids and bytes stay. */
  readonly taken: readonly { readonly id: string; readonly index: number }[];
  /** Parts whose outputs nobody will ask for: they expire now. */
  readonly droppedOf: readonly string[];
}

export interface NewAttempt extends Pick<Attempt, 'id' | 'number' | 'account' | 'startedAt'> {
  readonly leaseOwner: string;
  readonly leaseUntil: Date;
}

export interface AttemptChange {
  readonly id: string;
  readonly state: AttemptState;
  readonly handle?: JsonObject;
  readonly vendorId?: string;
  readonly submittedAt?: Date;
  readonly nextCheckAt?: Date;
  readonly seekUntil?: Date;
  readonly finishedAt?: Date;
  readonly error?: string;
}

/** Kinds of work. `check` has the index of due checks (`DueChecks`), the others a queue each. */
export const STEPS = ['submit', 'check', 'archive', 'gather'] as const;
export type Step = (typeof STEPS)[number];

/**
 * "Look at this row": a doorbell, never the work itself. A ring that is lost costs seconds; a ring
 * that comes twice finds the row changed and stops.
 */
export interface Ring {
  readonly step: Step;
  /** Id of the row: a task (submit, archive, gather), an attempt (check). */
  readonly subject: string;
  /**
   * Makes the ring's id unique among those of its subject: the queue ignores an id it still holds.
   * Checks have one place each in the index of due checks; a ring can only make them earlier.
   */
  readonly ring: string;
  readonly dueAt: Date;
  /** Archives only: when the vendor's first link dies. The earliest is served first. */
  readonly expiresAt?: Date;
}
