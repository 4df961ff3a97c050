import type { AfterSubmit } from './after-submit-error.js';
import { canceled, failed, type MoveContext, retryLater } from './moves.js';
import type { AttemptState, Task } from './task.js';
import type { Transition } from './transition.js';

export interface AttemptEnd {
  readonly id: string;
  readonly state: Extract<AttemptState, 'failed' | 'unknown'>;
  readonly error: string;
}

/** An attempt is over without a job. Where it would be tried again, a cancel that was requested is the end. */
export function endAttempt(
  task: Task,
  end: AttemptEnd,
  after: AfterSubmit,
  context: MoveContext,
): Transition {
  const change = { ...end, finishedAt: context.now };
  if (after.next === 'fail') return failed(task, after.error, context, change);
  if (task.cancelRequestedAt)
    return canceled(task, { message: CANCELED[end.state] }, context, change);
  return retryLater(task, change, new Date(context.now.getTime() + after.afterMs), context);
}

const CANCELED: Readonly<Record<AttemptEnd['state'], string>> = {
  failed: 'Canceled on request; the vendor had not taken the job.',
  unknown:
    'Canceled on request. It is unknown whether the vendor had taken the job: it may still run, and be charged for.',
};
