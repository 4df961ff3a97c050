import { type CancelOutcome, cancelOne, type CancelWays, decideCancel } from './cancel-one.js';
import { gatherAll } from './gather.step.js';
import { move, type MoveContext } from './move.js';
import { firstActionAt } from './new-task.js';
import { isFinal } from './states.js';
import type { TaskStore } from './task.store.js';
import type { Task } from './task.js';
import type { Transition } from './transition.js';

export interface CancelPartsWays extends CancelWays {
  readonly store: Pick<TaskStore, 'find' | 'openAttempt' | 'partsOf'>;
}

/**
 * Cancels a task of several calls by its parts. First the wish is put on record: a worker goes on with
 * it when this process dies in the middle. `canceled` only when every part is over by then and the task
 * has ended so; `not_supported` only when no part could be stopped, and then nothing changed. What is
 * between the two is `requested`: the task ends with what comes of the parts that went on.
 */
export async function cancelParts(ways: CancelPartsWays, task: Task): Promise<CancelOutcome> {
  if (isFinal(task.status)) return 'already_finished';
  if (!(await mayStopOne(ways, task.id))) return 'not_supported';
  if (!(await request(ways, task.id))) return 'already_finished';
  const parts = await ways.store.partsOf(task.id);
  await Promise.all(parts.map(async (part) => await cancelOne(ways, part.task.id)));
  const ended = await gatherAll(ways.store, task.id, ways.apply);
  if (!ended || !isFinal(ended.task.status)) return 'requested';
  return ended.task.error?.code === 'TASK_CANCELED' ? 'canceled' : 'already_finished';
}

/** That all parts are over already counts too: then it is the task that is stopped. */
async function mayStopOne(
  { store, providerOf }: CancelPartsWays,
  taskId: string,
): Promise<boolean> {
  const parts = await store.partsOf(taskId);
  const open = parts.filter((part) => !isFinal(part.task.status));
  const outcomes = await Promise.all(
    open.map(async ({ task }) => {
      return decideCancel(task, await store.openAttempt(task.id), providerOf(task.provider))
        .outcome;
    }),
  );
  return outcomes.length === 0 || outcomes.some((outcome) => outcome !== 'not_supported');
}

/** False: the task has ended meanwhile. */
async function request({ store, apply }: CancelPartsWays, taskId: string): Promise<boolean> {
  for (;;) {
    const task = await store.find(taskId);
    if (!task || isFinal(task.status)) return false;
    if (task.cancelRequestedAt || (await apply((context) => requested(task, context)))) return true;
  }
}

function requested(task: Task, context: MoveContext): Transition {
  return move(task, { ...task, cancelRequestedAt: context.now }, context, {
    cause: 'cancel requested',
    nextActionAt: firstActionAt(task),
    ringStep: 'gather',
  });
}
