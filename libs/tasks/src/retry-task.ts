import { GatewayError } from '@app/errors';
import { newTaskId } from './ids.js';
import { placeInQueue } from './new-task.js';
import type { Task } from './task.js';
import type { NewTask } from './task.store.js';

/**
 * A failed task once more, as a new task with the same request and as much time as the first had.
 * No maximum of unfinished tasks holds it up: an operator asks for it.
 * @throws GatewayError INVALID_REQUEST when the task has not failed
 */
export function retryTask(failed: Task, now: Date): NewTask {
  if (failed.status !== 'fail') {
    const message = `Task ${failed.id} is in status ${failed.status}; only a task in status fail can be run again.`;
    throw new GatewayError('INVALID_REQUEST', message);
  }
  const lifetimeMs = failed.deadlineAt.getTime() - failed.createdAt.getTime();
  const task: Task = {
    ...failed,
    id: newTaskId(now),
    status: 'queued',
    version: 0,
    progress: 0,
    archiveTries: 0,
    createdAt: now,
    startedAt: null,
    completedAt: null,
    deadlineAt: new Date(now.getTime() + lifetimeMs),
    error: null,
    usage: null,
    ...placeInQueue(failed.priority, now),
    account: null,
    cancelRequestedAt: null,
    retryOf: failed.id,
  };
  return { task, idempotency: null, maxQueued: null };
}
