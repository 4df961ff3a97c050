import { taskError } from './after-submit-error.js';
import { GatherStep } from './gather.step.js';
import { failed, type MoveContext } from './moves.js';
import { isFinal } from './states.js';
import type { StepTools } from './step-tools.js';
import type { Attempt, Task, TaskError } from './task.js';
import type { Transition } from './transition.js';
import { askToStop } from './vendor-cancel.js';

/** Ends a task whose deadline is over. Whoever changes the task first wins, a success included. */
export class EndOverdue {
  private readonly gather: GatherStep;

  constructor(private readonly tools: StepTools) {
    this.gather = new GatherStep(tools);
  }

  /** Afterwards the vendor is asked to stop the job, as far as it can: nobody will fetch its result. */
  async run(taskId: string, shutdown: AbortSignal): Promise<void> {
    const task = await this.tools.store.find(taskId);
    if (!task || isFinal(task.status)) return;
    if (task.parts !== null) return await this.endParts(task, shutdown);
    const attempt = await this.tools.store.openAttempt(taskId);
    const won = await this.tools.commit((context) => timedOut(task, attempt, context), shutdown);
    if (won && attempt) await askToStop(this.tools, task, attempt, shutdown);
  }

  /** The parts first: a task never ends before what is sent for it. */
  private async endParts(task: Task, shutdown: AbortSignal): Promise<void> {
    const parts = await this.tools.store.partsOf(task.id);
    await Promise.all(parts.map(async (part) => await this.run(part.task.id, shutdown)));
    await this.gather.run(task.id, shutdown);
  }
}

/** The end by the deadline, with what is known of the attempt. */
function timedOut(task: Task, attempt: Attempt | null, context: MoveContext): Transition {
  const error = timeoutError(task, attempt !== null || task.status === 'archiving');
  if (!attempt) return failed(task, error, context);
  const state = attempt.state === 'submitted' ? ('failed' as const) : ('unknown' as const);
  const change = { id: attempt.id, state, error: 'deadline', finishedAt: context.now };
  return failed(task, { ...error, mayBeCharged: true }, context, change);
}

/** Whoever was asked may be paid, so a client that repeats what is retryable must not repeat this. */
function timeoutError(task: Task, vendorWasAsked: boolean): TaskError {
  const seconds = Math.round((task.deadlineAt.getTime() - task.createdAt.getTime()) / 1000);
  const late = `The task was not finished within its deadline of ${seconds} s.`;
  const message = vendorWasAsked ? `${late} ${MAY_BE_CHARGED}` : late;
  return taskError('TASK_TIMEOUT', message, undefined, !vendorWasAsked);
}

const MAY_BE_CHARGED = 'The vendor had been asked: its job may still run, and be charged for.';
