import type { TaskErrorCode } from '@app/errors';
import { taskError } from './after-submit-error.js';
import type { TaskError } from './task.js';

/** What may have been paid for comes first, then what the caller can change, then what nobody can. */
const TELLING: Readonly<Record<TaskErrorCode, number>> = {
  SUBMISSION_UNKNOWN: 0,
  CONTENT_REJECTED: 1,
  INPUT_UNAVAILABLE: 2,
  MODEL_UNAVAILABLE: 3,
  STORAGE_UNAVAILABLE: 4,
  TASK_TIMEOUT: 5,
  TASK_FAILED: 6,
  TASK_CANCELED: 7,
};

/**
 * One error for all calls of a task. It may be repeated only when every one of them may: repeating it
 * repeats them all.
 */
export function mostTelling(errors: readonly TaskError[]): TaskError {
  const [first, ...others] = errors.toSorted((a, b) => TELLING[a.code] - TELLING[b.code]);
  if (!first) return taskError('TASK_FAILED', 'None of the calls to the vendor brought a result.');
  const retryable = errors.every((error) => error.retryable);
  if (others.every(({ code }) => code === first.code)) return { ...first, retryable };
  return { ...first, message: `${first.message} (${countsOf(errors)})`, retryable };
}

/** `of 3 calls: 1 CONTENT_REJECTED, 2 TASK_FAILED`. */
function countsOf(errors: readonly TaskError[]): string {
  const counts = Map.groupBy(errors, ({ code }) => code);
  const inOrder = [...counts].toSorted(([a], [b]) => TELLING[a] - TELLING[b]);
  const told = inOrder.map(([code, some]) => `${some.length} ${code}`);
  return `of ${errors.length} calls: ${told.join(', ')}`;
}
