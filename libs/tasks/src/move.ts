import { newDelivery, type Delivery } from '@app/callbacks';
import { type OutputLink, presentTask } from './present-task.js';
import { canMove, isFinal } from './states.js';
import type { Task, TaskOutput } from './task.js';
import { transfersAtEnd } from './transfers.js';
import type {
  AttemptChange,
  GatheredOutputs,
  NewAttempt,
  Ring,
  Step,
  Transition,
} from './transition.js';

/** What every move needs from outside: the time, and how outputs are linked in callbacks. */
export interface MoveContext {
  readonly now: Date;
  readonly link: OutputLink;
}

export interface MoveParts {
  readonly cause: string;
  readonly nextActionAt: Date | null;
  readonly newAttempt?: NewAttempt;
  readonly attempt?: AttemptChange;
  readonly outputs?: readonly TaskOutput[];
  readonly gathered?: GatheredOutputs;
  /** At the end of a task of several calls: all of them. */
  readonly calls?: readonly Task[];
  /** The vendor may charge for the call that brought nothing. Of an attempt that ends as `unknown` that is so anyway. */
  readonly mayBeCharged?: true;
  readonly rings?: readonly Ring[];
  /** Rings this step of the task itself, at `ringAt` or now. */
  readonly ringStep?: Step;
  readonly ringAt?: Date;
  readonly expiresAt?: Date;
  /** Outputs that the callback shows. */
  readonly shown?: readonly TaskOutput[];
}

/** One version more, with the callback that the change owes. @throws Error for a move that there is not */
export function move(
  from: Task,
  changed: Task,
  context: MoveContext,
  parts: MoveParts,
): Transition {
  const { ringStep, ringAt, expiresAt, shown, calls, mayBeCharged, rings = [], ...rest } = parts;
  const isLost = mayBeCharged ?? rest.attempt?.state === 'unknown';
  const lostCalls = changed.lostCalls + (isLost ? 1 : 0);
  const to = { ...changed, version: from.version + 1, lostCalls };
  if (isFinal(from.status) || (from.status !== to.status && !canMove(from.status, to.status))) {
    throw new Error(`No move from ${from.status} to ${to.status} for ${from.id}`);
  }
  const delivery = callbackFor(from, to, shown ?? [], context);
  const own: Ring[] = ringStep
    ? [
        {
          step: ringStep,
          subject: to.id,
          ring: `${to.version}`,
          dueAt: ringAt ?? context.now,
          ...(expiresAt && { expiresAt }),
        },
      ]
    : [];
  const gather: Ring[] =
    to.part && to.status !== from.status
      ? [
          {
            step: 'gather',
            subject: to.part.parentId,
            ring: `p${to.part.index}-${to.status}`,
            dueAt: context.now,
          },
        ]
      : [];
  return {
    ...rest,
    from,
    to,
    at: context.now,
    ...(delivery && { delivery }),
    ...(isFinal(to.status) &&
      !to.part && { transfers: transfersAtEnd(to, calls ?? [], context.now) }),
    rings: [...rings, ...own, ...gather],
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
