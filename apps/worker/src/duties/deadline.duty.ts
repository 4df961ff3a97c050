import {
  type DueWork,
  failed,
  isFinal,
  type StepTools,
  type Task,
  type TaskError,
  taskError,
} from '@app/tasks';
import type { Duty } from './duty.js';

/** Ends tasks whose deadline is over. Whoever changes the task first wins, a success included. */
export class DeadlineDuty implements Duty {
  readonly name = 'deadline';
  readonly everyMs = 1_000;

  constructor(
    private readonly work: DueWork,
    private readonly tools: StepTools,
  ) {}

  async runOnce(): Promise<boolean> {
    const taskIds = await this.work.pastDeadline(new Date(), LIMIT);
    const ended = await Promise.allSettled(taskIds.map(async (taskId) => await this.end(taskId)));
    const failures = ended.filter(({ status }) => status === 'rejected');
    // One that cannot be ended must not hold up those behind it; it is tried again with the next turn.
    for (const err of failures)
      this.tools.logger.error(err, 'a task past its deadline could not be ended');
    return taskIds.length === LIMIT && failures.length === 0;
  }

  private async end(taskId: string): Promise<void> {
    const task = await this.tools.store.find(taskId);
    if (!task || isFinal(task.status)) return;
    const attempt = await this.tools.store.openAttempt(taskId);
    const error = timedOut(task, attempt !== null || task.status === 'archiving');
    await this.tools.commit((context) => {
      if (!attempt) return failed(task, error, context);
      const state = attempt.state === 'submitting' ? ('unknown' as const) : ('failed' as const);
      const change = { id: attempt.id, state, error: 'deadline', finishedAt: context.now };
      return failed(task, error, context, change);
    });
  }
}

const LIMIT = 100;

/** Whoever was asked may be paid, so a client that repeats what is retryable must not repeat this. */
function timedOut(task: Task, vendorWasAsked: boolean): TaskError {
  const seconds = Math.round((task.deadlineAt.getTime() - task.createdAt.getTime()) / 1000);
  const late = `The task was not finished within its deadline of ${seconds} s.`;
  const message = vendorWasAsked ? `${late} ${MAY_BE_CHARGED}` : late;
  return taskError('TASK_TIMEOUT', message, undefined, !vendorWasAsked);
}

const MAY_BE_CHARGED = 'The vendor had been asked: its job may still run, and be charged for.';
