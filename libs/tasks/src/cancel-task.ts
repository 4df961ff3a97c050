import { GatewayError } from '@app/errors';
import type { Provider } from '@app/providers';
import { canceled, cancelRequested, type MoveContext } from './moves.js';
import type { OutputLink } from './present-task.js';
import { isFinal } from './states.js';
import type { TaskSignals } from './task-signals.js';
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

export interface CancelParts {
  readonly store: TaskStore;
  /** The vendor of a task, from the catalog; null when it is not there any more. */
  readonly providerOf: (providerId: string) => Pick<Provider, 'cancel'> | null;
  readonly link: OutputLink;
  readonly signals: TaskSignals;
  /** Called when a commit left rings in the outbox. */
  readonly onRings: () => void;
}

/** Ends a task because its owner wants it no longer, as far as that can be done. */
export class CancelTask {
  constructor(private readonly parts: CancelParts) {}

  /**
   * Null: the tenant has no such task. Canceling twice is canceling once.
   * @throws GatewayError `SERVICE_UNAVAILABLE` when the task changes faster than it can be read
   */
  async cancel(tenantId: string, taskId: string): Promise<CancelOutcome | null> {
    const { store } = this.parts;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const task = await store.find(taskId);
      if (task?.tenantId !== tenantId) return null;
      const open = await store.openAttempt(taskId);
      const step = decide(task, open, this.parts.providerOf(task.provider));
      if (!step.move) return step.outcome;
      const transition = step.move({ now: new Date(), link: this.parts.link });
      if (await store.apply(transition)) {
        this.tell(transition);
        return step.outcome;
      }
    }
    throw new GatewayError('SERVICE_UNAVAILABLE', `Task ${taskId} is changing; try again.`);
  }

  private tell({ to, rings }: Transition): void {
    if (rings?.length) this.parts.onRings();
    this.parts.signals.tell([to.id]);
  }
}

interface CancelStep {
  readonly outcome: CancelOutcome;
  readonly move?: (context: MoveContext) => Transition;
}

function decide(
  task: Task,
  open: Attempt | null,
  provider: Pick<Provider, 'cancel'> | null,
): CancelStep {
  if (isFinal(task.status)) return { outcome: 'already_finished' };
  if (!open) {
    const message = task.status === 'archiving' ? WHILE_ARCHIVING : BEFORE_SUBMIT;
    return { outcome: 'canceled', move: (context) => canceled(task, message, context) };
  }
  if (!provider?.cancel) return { outcome: 'not_supported' };
  if (task.cancelRequestedAt) return { outcome: 'requested' };
  return { outcome: 'requested', move: (context) => cancelRequested(task, open, context) };
}

const MAX_TRIES = 5;
const BEFORE_SUBMIT = 'Canceled on request; the vendor had not taken the job.';
const WHILE_ARCHIVING =
  'Canceled on request while the result was being fetched; the vendor had finished, and may charge for it.';
