import { GatewayError } from '@app/errors';
import type { Provider } from '@app/providers';
import { canceled, cancelRequested, type MoveContext } from './moves.js';
import { isFinal } from './states.js';
import type { TaskStore } from './task.store.js';
import type { Attempt, Task } from './task.js';
import type { Transition } from './transition.js';

/**
 * - `canceled`: the task ended in `fail` with `TASK_CANCELED`, and costs nothing more.
 * - `requested`: the vendor is asked to stop; the task ends with what the vendor says, a success included.
 * - `not_supported`: the vendor has the job, or is being asked, and cannot stop one; nothing changed.
 * - `already_finished`: the task was over.
 */
export type CancelOutcome = 'canceled' | 'requested' | 'not_supported' | 'already_finished';

export interface CancelWays {
  readonly store: Pick<TaskStore, 'find' | 'openAttempt'>;
  /** The vendor of a task; null when it is not there any more. */
  readonly providerOf: (providerId: string) => Pick<Provider, 'cancel'> | null;
  /** Commits a change and tells whoever waits. False: somebody else changed the task first. */
  readonly apply: (build: (context: MoveContext) => Transition) => Promise<boolean>;
}

/**
 * Cancels one task that is one call, or one part. Null: there is no such task.
 * @throws GatewayError `SERVICE_UNAVAILABLE` when the task changes faster than it can be read
 */
export async function cancelOne(
  { store, providerOf, apply }: CancelWays,
  taskId: string,
): Promise<CancelOutcome | null> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const task = await store.find(taskId);
    if (!task) return null;
    const step = decideCancel(task, await store.openAttempt(taskId), providerOf(task.provider));
    if (!step.move || (await apply(step.move))) return step.outcome;
  }
  throw new GatewayError('SERVICE_UNAVAILABLE', `Task ${taskId} is changing; try again.`);
}

export interface CancelStep {
  readonly outcome: CancelOutcome;
  readonly move?: (context: MoveContext) => Transition;
}

export function decideCancel(
  task: Task,
  open: Attempt | null,
  provider: Pick<Provider, 'cancel'> | null,
): CancelStep {
  if (isFinal(task.status)) return { outcome: 'already_finished' };
  if (!open) {
    const message = task.status === 'archiving' ? WHILE_ARCHIVING : BEFORE_SUBMIT;
    return { outcome: 'canceled', move: (context) => canceled(task, { message }, context) };
  }
  if (!provider?.cancel) return { outcome: 'not_supported' };
  if (task.cancelRequestedAt) return { outcome: 'requested' };
  return { outcome: 'requested', move: (context) => cancelRequested(task, open, context) };
}

/** How often a task that is changing is read again. */
const MAX_TRIES = 5;
const BEFORE_SUBMIT = 'Canceled on request; the vendor had not taken the job.';
const WHILE_ARCHIVING =
  'Canceled on request while the result was being fetched; the vendor had finished, and may charge for it.';
