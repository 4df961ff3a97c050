import type { ProviderError, TaskErrorCode } from '@app/errors';
import { backoffMs } from './backoff.js';
import type { Failure, Task, TaskError } from './task.js';

/** What becomes of a task after a submit that brought no job. */
export type AfterSubmit =
  | { readonly next: 'retry'; readonly afterMs: number }
  | { readonly next: 'fail'; readonly error: Failure };

/** How often a task with `onUnknown: retry` may be submitted again although the outcome is unknown. */
const MAX_UNKNOWN_RETRIES = 2;

/** The vendor certainly did not take the job: try again if that can help, and pay nothing. */
export function afterRefusal(error: ProviderError, attempts: number, random: number): AfterSubmit {
  if (error.retryable) {
    return {
      next: 'retry',
      afterMs: backoffMs({ attempts, retryAfterMs: error.retryAfterMs, random }),
    };
  }
  return { next: 'fail', error: taskError(error.taskError, error.message, error.providerCode) };
}

/** Nobody can tell whether the vendor took the job: the task's own `onUnknown` decides. */
export function afterUnknown(
  task: Pick<Task, 'onUnknown'>,
  unknownAttempts: number,
  reason: string,
): AfterSubmit {
  if (task.onUnknown === 'retry' && unknownAttempts <= MAX_UNKNOWN_RETRIES) {
    return { next: 'retry', afterMs: backoffMs({ attempts: unknownAttempts, random: 0 }) };
  }
  const message = `It is unknown whether the vendor accepted the job (${reason}). It ${SENT[task.onUnknown]}, because that could be paid twice.`;
  return { next: 'fail', error: taskError('SUBMISSION_UNKNOWN', message) };
}

const SENT: Readonly<Record<Task['onUnknown'], string>> = {
  fail: 'was not sent again',
  retry: `was sent ${MAX_UNKNOWN_RETRIES + 1} times and is not sent once more`,
};

export function taskError(
  code: TaskErrorCode,
  message: string,
  providerCode?: string,
  retryable = RETRYABLE.has(code),
): TaskError {
  return { code, message, providerCode: providerCode ?? null, retryable };
}

/** Whether the caller may expect a new task to succeed. */
const RETRYABLE: ReadonlySet<TaskErrorCode> = new Set([
  'TASK_TIMEOUT',
  'MODEL_UNAVAILABLE',
  'STORAGE_UNAVAILABLE',
]);
