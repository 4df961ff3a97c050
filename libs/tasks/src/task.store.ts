import type { Delivery } from '@app/callbacks';
import type { JsonObject } from '@app/providers';
import type { Transfer } from '@app/tenants';
import type { Attempt, StoredFacts, Task, TaskOutput } from './task.js';
import type { TaskStatus } from './states.js';
import type { Transition } from './transition.js';

/** Everything that commits with a new task. */
export interface NewTask {
  readonly task: Task;
  /** Its calls to the vendor, in order, where it takes several; then they alone are sent. */
  readonly parts?: readonly Task[];
  readonly idempotency: NewIdempotencyKey | null;
  /** Kept back with the same commit, under the task's id: `holdOf(task)`, which it is when absent. */
  readonly hold?: Transfer;
  /** The tenant's maximum of unfinished tasks, this one included and parts not counted; null: none. */
  readonly maxQueued: number | null;
}

/** What became of a new task. `queue-full`: nothing was written. A known key: an earlier request won. */
export type CreateResult = 'created' | 'queue-full' | KnownIdempotencyKey;

export interface NewIdempotencyKey {
  readonly key: string;
  /** SHA-256 of the raw request body. */
  readonly fingerprint: Buffer;
  readonly expiresAt: Date;
}

export interface KnownIdempotencyKey {
  readonly fingerprint: Buffer;
  readonly taskId: string;
}

/** Which tasks a list shows. */
export interface TaskFilter {
  readonly status?: TaskStatus;
  readonly model?: string;
  /** One of these; not beside `model`. */
  readonly models?: readonly string[];
  /** Exclusive. */
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  /** Every pair must be there. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export type TaskPaging =
  | { readonly skip: number; readonly size: number }
  /** The tasks older than this one; `null`: from the newest. */
  | { readonly olderThan: string | null; readonly size: number }
  /** Oldest first: the tasks newer than this one; `null`: from the oldest. */
  | { readonly newerThan: string | null; readonly size: number };

/** One change in a task's history, for those who watch it. */
export interface TaskEvent {
  readonly version: number;
  readonly at: Date;
  readonly from: TaskStatus | '';
  readonly to: TaskStatus;
  readonly cause: string;
}

/** What of a deleted task has to leave the store: keys of outputs. */
export type EraseResult =
  { readonly erased: true; readonly outputKeys: readonly string[] } | { readonly erased: false };

/** A task with what its detail shows. */
export interface TaskDetail {
  readonly task: Task;
  readonly outputs: readonly TaskOutput[];
  /** The callback of the last event, if the task has one. */
  readonly delivery: Pick<Delivery, 'state' | 'attempts'> | null;
}

/** A part of a task, as it is gathered. */
export type PartDetail = Pick<TaskDetail, 'task' | 'outputs'>;

export interface OpenAttempt {
  readonly task: Task;
  readonly attempt: Attempt;
}

/** Truth about tasks. Every write is one statement; every change is a compare-and-set on the version. */
export abstract class TaskStore {
  /**
   * Writes task, idempotency key and history together; returns only after the commit. Creates that
   * come at the same time share one. When the key is taken (also by a request that commits meanwhile,
   * which this one waits for), nothing is written and the winner's key is returned; a replay never
   * meets the queue's maximum.
   */
  abstract create(bundle: NewTask): Promise<CreateResult>;
  abstract findIdempotencyKey(tenantId: string, key: string): Promise<KnownIdempotencyKey | null>;

  /** Parts too. */
  abstract find(taskId: string): Promise<Task | null>;
  /** Null also when the task is another tenant's, or a part. */
  abstract findDetail(tenantId: string, taskId: string): Promise<TaskDetail | null>;
  /**
   * Newest first, unless the paging says otherwise. `tenantId` null: everybody's, for operators. Neither
   * erased tasks nor parts are among them.
   */
  abstract list(
    tenantId: string | null,
    filter: TaskFilter,
    paging: TaskPaging,
  ): Promise<readonly TaskDetail[]>;
  /** How many a list would show, counted to `cap` at most. */
  abstract count(tenantId: string | null, filter: TaskFilter, cap: number): Promise<number>;
  /**
   * 1 for the tenant's next call to this vendor; null when the task does not wait. Of a task of several,
   * the first that waits. Counted to `cap` at most.
   */
  abstract queuePosition(task: Task, cap: number): Promise<number | null>;
  /** After that version, oldest first. */
  abstract eventsOf(taskId: string, afterVersion: number): Promise<readonly TaskEvent[]>;
  /**
   * A number for each of these tasks that grows whenever its detail changes (version, progress,
   * delivery): one statement for everybody who waits.
   */
  abstract marksOf(taskIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** The parts of a task with their outputs, in order. */
  abstract partsOf(taskId: string): Promise<readonly PartDetail[]>;
  abstract outputsOf(taskId: string): Promise<readonly TaskOutput[]>;
  /** The stored facts of an output that has not expired by `now`. */
  abstract findStoredOutput(outputId: string, now: Date): Promise<StoredFacts | null>;

  /**
   * Erases a terminal task's input, metadata and outputs, and its parts' input; ids, times and money stay. `erased: false`
   * when it is not the tenant's, not terminal, or erased before.
   */
  abstract erase(tenantId: string, taskId: string, now: Date): Promise<EraseResult>;

  /** The attempt that is `submitting`, `submitted` or `seeking`, if any. */
  abstract openAttempt(taskId: string): Promise<Attempt | null>;
  abstract attemptsOf(taskId: string): Promise<readonly Attempt[]>;
  /** Those of these attempts that are `submitted` or `seeking`, each with its task; one statement. */
  abstract findInFlight(attemptIds: readonly string[]): Promise<readonly OpenAttempt[]>;
  abstract findAttempt(attemptId: string): Promise<Attempt | null>;
  /** Those of these job ids of a vendor that belong to an attempt. */
  abstract ownedVendorIds(
    provider: string,
    vendorIds: readonly string[],
  ): Promise<readonly string[]>;

  /** Other attempts of the same vendor and model that are `submitting` or `seeking`, each with its task. */
  abstract unansweredBeside(attemptId: string): Promise<readonly OpenAttempt[]>;

  /** False: somebody else changed the task first; nothing was written. */
  abstract apply(transition: Transition): Promise<boolean>;

  /** Notes how far the parts of a task in `handling` are, on average; no new version. */
  abstract noteProgress(taskId: string, progress: number): Promise<void>;
  /**
   * Takes note that it has been gathered that these are in this status. A part that has changed its
   * status, and a task of several that has ended, is overdue until then.
   */
  abstract noteGathered(rows: readonly Pick<Task, 'id' | 'status'>[]): Promise<void>;

  /** False: the lease is no longer ours. */
  abstract renewLease(attemptId: string, owner: string, until: Date): Promise<boolean>;
  /** Takes over an attempt that is `submitting` under a lapsed lease. False: somebody else was first. */
  abstract takeLease(attemptId: string, owner: string, until: Date): Promise<boolean>;
  /**
   * Notes checks that found jobs running; no new version, because nothing changed. Only now and then:
   * the time of the next look is in `DueChecks`, and the row says by when to look at the latest.
   */
  abstract noteChecks(notes: readonly CheckNote[]): Promise<void>;
  /**
   * Notes what a vendor's own callback told and rings a check that is due now; nothing when the
   * attempt is over. A second hook changes nothing.
   */
  abstract noteHook(attemptId: string, handle: JsonObject | null, now: Date): Promise<void>;
}

export interface CheckNote {
  readonly attemptId: string;
  readonly checks: number;
  /** By when the job must have been looked at again. */
  readonly nextCheckAt: Date;
  /** Null: not told. */
  readonly progress: number | null;
}
