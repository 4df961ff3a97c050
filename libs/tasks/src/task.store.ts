import type { Delivery } from '@app/callbacks';
import type { Attempt, StoredFacts, Task, TaskOutput } from './task.js';
import type { TaskStatus } from './states.js';
import type { Ring, Transition } from './transition.js';

/** Everything that commits with a new task. */
export interface NewTask {
  readonly task: Task;
  readonly idempotency: NewIdempotencyKey | null;
  readonly rings: readonly Ring[];
}

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

export interface TaskPage {
  readonly tasks: readonly TaskDetail[];
  /** Counted to `cap` at most. */
  readonly total: number;
}

/** A task with what its detail shows. */
export interface TaskDetail {
  readonly task: Task;
  readonly outputs: readonly TaskOutput[];
  /** The callback of the last event, if the task has one. */
  readonly delivery: Pick<Delivery, 'state' | 'attempts'> | null;
}

export interface OpenAttempt {
  readonly task: Task;
  readonly attempt: Attempt;
}

/** Truth about tasks. Every write is one statement; every change is a compare-and-set on the version. */
export abstract class TaskStore {
  /**
   * Writes task, idempotency key and outbox together; returns only after the commit.
   * When the key is taken (also by a request that commits meanwhile), nothing is written and the
   * winner's key is returned.
   */
  abstract create(bundle: NewTask): Promise<'created' | KnownIdempotencyKey>;
  abstract findIdempotencyKey(tenantId: string, key: string): Promise<KnownIdempotencyKey | null>;

  abstract find(taskId: string): Promise<Task | null>;
  /** Null also when the task is another tenant's. */
  abstract findDetail(tenantId: string, taskId: string): Promise<TaskDetail | null>;
  abstract list(
    tenantId: string,
    query: {
      readonly page: number;
      readonly size: number;
      readonly cap: number;
      readonly status?: TaskStatus;
    },
  ): Promise<TaskPage>;
  abstract outputsOf(taskId: string): Promise<readonly TaskOutput[]>;
  /** The stored facts of an output that has not expired by `now`. */
  abstract findStoredOutput(outputId: string, now: Date): Promise<StoredFacts | null>;

  /** The attempt that is `submitting` or `submitted`, if any. */
  abstract openAttempt(taskId: string): Promise<Attempt | null>;
  abstract attemptsOf(taskId: string): Promise<readonly Attempt[]>;
  /** The attempt with its task, when it is `submitted`. */
  abstract findSubmitted(attemptId: string): Promise<OpenAttempt | null>;

  /** False: somebody else changed the task first; nothing was written. */
  abstract apply(transition: Transition): Promise<boolean>;

  /** False: the lease is no longer ours. */
  abstract renewLease(attemptId: string, owner: string, until: Date): Promise<boolean>;
  /** Notes a check that found the job running; no new version, because nothing changed. */
  abstract noteCheck(
    attemptId: string,
    note: { readonly checks: number; readonly nextCheckAt: Date; readonly progress: number | null },
  ): Promise<void>;
}
