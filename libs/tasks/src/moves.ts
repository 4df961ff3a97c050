import type { JsonObject } from '@app/providers';
import { currentPrices } from '@app/prices';
import type { KeptAnswer } from './kept-answers.js';
import { move, type MoveContext } from './move.js';
import type { Attempt, Failure, PartialResult, Task, TaskOutput } from './task.js';
import { settled } from './transfers.js';
import type { AttemptChange, NewAttempt, Transition } from './transition.js';

export type { MoveContext } from './move.js';

/*
 * The life of a task, one function a change. The slot (`account`) comes from the dispatcher and goes
 * with whatever ends the job: `vendorDone`, `failed`, `canceled`, `retryLater`, `enqueue`.
 */

/**
 * Before the vendor is called: the attempt's row with its lease. `queued` becomes `handling`; the slot
 * that the dispatcher gave stays the task's.
 */
export function begin(task: Task, attempt: NewAttempt, context: MoveContext): Transition {
  const to = { ...task, status: 'handling' as const, startedAt: task.startedAt ?? context.now };
  return move(task, to, context, {
    cause: `attempt ${attempt.number} begins`,
    newAttempt: attempt,
    nextActionAt: task.deadlineAt,
  });
}

/** The vendor has the job and will be asked for it; at once when a cancel was requested meanwhile. */
export function accepted(
  task: Task,
  attempt: Pick<Attempt, 'id'>,
  job: {
    readonly handle: JsonObject;
    readonly vendorId?: string;
    readonly firstCheckAt: Date;
    /** For the history; `vendor accepted` when absent. */
    readonly cause?: string;
  },
  context: MoveContext,
): Transition {
  const firstCheckAt = task.cancelRequestedAt ? context.now : job.firstCheckAt;
  return move(task, task, context, {
    cause: job.cause ?? 'vendor accepted',
    attempt: {
      id: attempt.id,
      state: 'submitted',
      handle: job.handle,
      ...(job.vendorId !== undefined && { vendorId: job.vendorId }),
      submittedAt: context.now,
      nextCheckAt: firstCheckAt,
    },
    nextActionAt: task.deadlineAt,
    rings: [{ step: 'check', subject: attempt.id, ring: '0', dueAt: firstCheckAt }],
  });
}

/** The answer was lost: until `seekUntil` it is found out whether the vendor has the job. */
export function seek(
  task: Task,
  attempt: Pick<Attempt, 'id'>,
  search: { readonly seekUntil: Date; readonly firstLookAt: Date; readonly reason: string },
  context: MoveContext,
): Transition {
  const { seekUntil, firstLookAt, reason } = search;
  return move(task, task, context, {
    cause: `answer lost, looking for the job until ${seekUntil.toISOString()}`,
    attempt: {
      id: attempt.id,
      state: 'seeking',
      seekUntil,
      nextCheckAt: firstLookAt,
      error: reason,
    },
    nextActionAt: task.deadlineAt,
    rings: [{ step: 'check', subject: attempt.id, ring: 'seek', dueAt: firstLookAt }],
  });
}

/** The answer was lost and the vendor knows attempts by their id: the same one is sent again then. */
export function resendLater(task: Task, resendAt: Date, context: MoveContext): Transition {
  return move(task, task, context, {
    cause: `answer lost, sent again under the same id at ${resendAt.toISOString()}`,
    nextActionAt: resendAt,
    // Named as the reconciler names it, so that it sees when this ring is still held.
    rings: [{ step: 'submit', subject: task.id, ring: `v${task.version + 1}`, dueAt: resendAt }],
  });
}

/** The vendor is done; what it made has to be brought home, before its links die. */
export function vendorDone(
  task: Task,
  attempt: Pick<Attempt, 'id'>,
  result: KeptAnswer,
  context: MoveContext,
): Transition {
  const to = {
    ...withoutSlot(task),
    status: 'archiving' as const,
    usage: result.usage,
    pricedBy: currentPrices().version,
    partial: partialOf(result),
  };
  return move(task, to, context, {
    cause: 'vendor done',
    attempt: { id: attempt.id, state: 'done', finishedAt: context.now },
    outputs: result.outputs,
    nextActionAt: context.now,
    ringStep: 'archive',
    ...expiryOf(result.outputs),
  });
}

/** Every output is in the store. */
export function archived(
  task: Task,
  outputs: readonly TaskOutput[],
  context: MoveContext,
): Transition {
  const to = {
    ...settled(withoutSlot(task)),
    status: 'success' as const,
    progress: 100,
    completedAt: context.now,
  };
  return move(task, to, context, {
    cause: 'archived',
    outputs,
    shown: outputs,
    nextActionAt: null,
  });
}

/** The end without a result. An attempt that is still open ends with it. */
export function failed(
  task: Task,
  { mayBeCharged, ...error }: Failure,
  context: MoveContext,
  attempt?: AttemptChange,
): Transition {
  const to = {
    ...withoutSlot(task),
    status: 'fail' as const,
    error,
    completedAt: context.now,
    // What the vendor made of it did not come either.
    partial: null,
  };
  return move(task, to, context, {
    cause: error.code,
    nextActionAt: null,
    ...(attempt && { attempt }),
    ...(mayBeCharged && { mayBeCharged }),
  });
}

/** The caller wanted it no longer. An attempt that is still open ends with it. */
export function canceled(
  task: Task,
  { message, ...charge }: Pick<Failure, 'message' | 'mayBeCharged'>,
  context: MoveContext,
  attempt?: AttemptChange,
): Transition {
  const canceledError = { code: 'TASK_CANCELED', providerCode: null, retryable: false } as const;
  const error = { ...canceledError, message, ...charge };
  const wanted = { ...task, cancelRequestedAt: task.cancelRequestedAt ?? context.now };
  return { ...failed(wanted, error, context, attempt), from: task };
}

/** The vendor has the job, or may get it: it is asked to stop, and checked until it says the end. */
export function cancelRequested(task: Task, attempt: Attempt, context: MoveContext): Transition {
  const to = { ...task, cancelRequestedAt: task.cancelRequestedAt ?? context.now };
  const parts = { cause: 'cancel requested', nextActionAt: task.deadlineAt };
  // The worker in the call sees the request when it records the answer; its lease must not be touched.
  if (attempt.state === 'submitting') return move(task, to, context, parts);
  const { id, state, seekUntil } = attempt;
  return move(task, to, context, {
    ...parts,
    attempt: { id, state, nextCheckAt: context.now, ...(seekUntil && { seekUntil }) },
    rings: [{ step: 'check', subject: id, ring: 'cancel', dueAt: context.now }],
  });
}

/**
 * This attempt is over, the task is not: it gives its slot back and waits for the dispatcher, which
 * takes it from `retryAt` on.
 */
export function retryLater(
  task: Task,
  attempt: AttemptChange,
  retryAt: Date,
  context: MoveContext,
): Transition {
  return move(task, waiting(task, retryAt), context, {
    cause: `attempt ${attempt.state}, next at ${retryAt.toISOString()}`,
    attempt,
    nextActionAt: task.deadlineAt,
  });
}

/**
 * Puts a task without an attempt in front of the dispatcher: one of an older version, which was rung
 * for a submit without a slot, or one whose slot is of an account that is no longer there.
 */
export function enqueue(task: Task, cause: string, from: Date, context: MoveContext): Transition {
  return move(task, waiting(task, from), context, { cause, nextActionAt: task.deadlineAt });
}

/**
 * An output could not be brought home yet; another try is due at `retryAt`. `outputs` tell when the
 * first link dies, so that the try comes in its turn.
 */
export function archiveLater(
  task: Task,
  cause: string,
  retryAt: Date,
  context: MoveContext,
  outputs: readonly TaskOutput[] = [],
): Transition {
  const to = { ...task, archiveTries: task.archiveTries + 1 };
  return move(task, to, context, {
    cause,
    nextActionAt: retryAt,
    ringStep: 'archive',
    ringAt: retryAt,
    ...expiryOf(outputs),
  });
}

/** As `archiveLater`, with fresh links of the vendor, or bytes that came instead. */
export function relinked(
  task: Task,
  cause: string,
  retryAt: Date,
  context: MoveContext,
  outputs: readonly TaskOutput[],
): Transition {
  const later = archiveLater(task, `${cause}, asked anew`, retryAt, context, outputs);
  return { ...later, outputs };
}

/** Of one call: the vendor does not say which of its results are missing. */
function partialOf({ outputs, failures = [] }: KeptAnswer): PartialResult | null {
  if (failures.length === 0) return null;
  const delivered = outputs.length;
  return { requested: delivered + failures.length, delivered, failures };
}

const withoutSlot = (task: Task): Task => ({ ...task, account: null, dispatchAt: null });

const waiting = (task: Task, from: Date): Task => ({ ...task, account: null, dispatchAt: from });

/** When the first of the vendor's links dies. */
function expiryOf(outputs: readonly TaskOutput[]): { readonly expiresAt?: Date } {
  const times = outputs.flatMap(({ source, stored }) =>
    source && !stored ? [source.expiresAt.getTime()] : [],
  );
  return times.length > 0 ? { expiresAt: new Date(Math.min(...times)) } : {};
}
