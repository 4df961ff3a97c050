import { newDelivery, type Delivery } from '@app/callbacks';
import type { JsonObject, Usage } from '@app/providers';
import { type OutputLink, presentTask } from './present-task.js';
import { canMove, isFinal } from './states.js';
import type { Attempt, Task, TaskError, TaskOutput } from './task.js';
import type { AttemptChange, NewAttempt, Ring, Step, Transition } from './transition.js';

/** What every move needs from outside: the time, and how outputs are linked in callbacks. */
export interface MoveContext {
  readonly now: Date;
  readonly link: OutputLink;
}

/** Before the vendor is called: the attempt's row with its lease. `queued` becomes `handling`. */
export function begin(task: Task, attempt: NewAttempt, context: MoveContext): Transition {
  const to = { ...task, status: 'handling' as const, startedAt: task.startedAt ?? context.now };
  return move(task, to, context, {
    cause: `attempt ${attempt.number} begins`,
    newAttempt: attempt,
    nextActionAt: task.deadlineAt,
  });
}

/** The vendor accepted the job and will be asked for it. */
export function accepted(
  task: Task,
  attempt: Pick<Attempt, 'id'>,
  job: { readonly handle: JsonObject; readonly vendorId: string; readonly firstCheckAt: Date },
  context: MoveContext,
): Transition {
  return move(task, task, context, {
    cause: 'vendor accepted',
    attempt: {
      id: attempt.id,
      state: 'submitted',
      handle: job.handle,
      vendorId: job.vendorId,
      submittedAt: context.now,
      nextCheckAt: job.firstCheckAt,
    },
    nextActionAt: task.deadlineAt,
    rings: [{ step: 'check', subject: attempt.id, ring: '0', dueAt: job.firstCheckAt }],
  });
}

/** The vendor is done; what it made has to be brought home. */
export function vendorDone(
  task: Task,
  attempt: Pick<Attempt, 'id'>,
  result: { readonly outputs: readonly TaskOutput[]; readonly usage: Usage },
  context: MoveContext,
): Transition {
  const to = { ...task, status: 'archiving' as const, usage: result.usage };
  return move(task, to, context, {
    cause: 'vendor done',
    attempt: { id: attempt.id, state: 'done', finishedAt: context.now },
    outputs: result.outputs,
    nextActionAt: context.now,
    ringStep: 'archive',
  });
}

/** Every output is in the store. */
export function archived(
  task: Task,
  outputs: readonly TaskOutput[],
  context: MoveContext,
): Transition {
  const to = { ...task, status: 'success' as const, progress: 100, completedAt: context.now };
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
  error: TaskError,
  context: MoveContext,
  attempt?: AttemptChange,
): Transition {
  const to = { ...task, status: 'fail' as const, error, completedAt: context.now };
  return move(task, to, context, {
    cause: error.code,
    nextActionAt: null,
    ...(attempt && { attempt }),
  });
}

/** This attempt is over, the task is not: another one is due at `retryAt`. */
export function retryLater(
  task: Task,
  attempt: AttemptChange,
  retryAt: Date,
  context: MoveContext,
): Transition {
  return move(task, task, context, {
    cause: `attempt ${attempt.state}, next at ${retryAt.toISOString()}`,
    attempt,
    nextActionAt: retryAt,
    ringStep: 'submit',
    ringAt: retryAt,
  });
}

/** An output could not be brought home yet; another try is due at `retryAt`. */
export function archiveLater(
  task: Task,
  cause: string,
  retryAt: Date,
  context: MoveContext,
): Transition {
  const to = { ...task, archiveTries: task.archiveTries + 1 };
  return move(task, to, context, {
    cause,
    nextActionAt: retryAt,
    ringStep: 'archive',
    ringAt: retryAt,
  });
}

interface MoveParts {
  readonly cause: string;
  readonly nextActionAt: Date | null;
  readonly newAttempt?: NewAttempt;
  readonly attempt?: AttemptChange;
  readonly outputs?: readonly TaskOutput[];
  readonly rings?: readonly Ring[];
  /** Rings this step of the task itself, at `ringAt` or now. */
  readonly ringStep?: Step;
  readonly ringAt?: Date;
  /** Outputs that the callback shows. */
  readonly shown?: readonly TaskOutput[];
}

function move(from: Task, changed: Task, context: MoveContext, parts: MoveParts): Transition {
  const to = { ...changed, version: from.version + 1 };
  if (isFinal(from.status) || (from.status !== to.status && !canMove(from.status, to.status))) {
    throw new Error(`No move from ${from.status} to ${to.status} for ${from.id}`);
  }
  const { ringStep, ringAt, shown, rings = [], ...rest } = parts;
  const delivery = callbackFor(from, to, shown ?? [], context);
  const own: Ring[] = ringStep
    ? [{ step: ringStep, subject: to.id, ring: `${to.version}`, dueAt: ringAt ?? context.now }]
    : [];
  const told: Ring[] = delivery
    ? [{ step: 'deliver', subject: delivery.id, ring: '0', dueAt: context.now }]
    : [];
  return {
    ...rest,
    from,
    to,
    at: context.now,
    ...(delivery && { delivery }),
    rings: [...rings, ...own, ...told],
  };
}

/** The callback of a status change, when the caller asked for it: the detail as it is now, frozen. */
function callbackFor(
  from: Task,
  to: Task,
  outputs: readonly TaskOutput[],
  context: MoveContext,
): Delivery | undefined {
  if (!to.callback || from.status === to.status || to.status === 'queued') return undefined;
  if (to.callback.when === 'final' && !isFinal(to.status)) return undefined;
  return newDelivery(
    {
      taskId: to.id,
      tenantId: to.tenantId,
      event: `task.${to.status}`,
      sequence: to.version,
      url: to.callback.url,
      body: JSON.stringify(presentTask(to, outputs, context.link)),
    },
    context.now,
  );
}
