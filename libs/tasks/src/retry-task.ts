import { GatewayError } from '@app/errors';
import { newTaskId } from './ids.js';
import { type Call, placeInQueue, withCalls } from './new-task.js';
import type { Task } from './task.js';
import type { NewTask } from './task.store.js';
import { holdOf } from './transfers.js';

/**
 * A failed task once more, as a new task with the same request and as much time as the first had.
 * Of several calls (`parts`, in order) all are made again. It holds what the first one held. No maximum of unfinished tasks holds it up: an operator asks for it.
 * @throws GatewayError INVALID_REQUEST when the task has not failed, or is forgotten in part
 */
export function retryTask(failed: Task, parts: readonly Task[], now: Date): NewTask {
  if (failed.status !== 'fail') {
    const message = `Task ${failed.id} is in status ${failed.status}; only a task in status fail can be run again.`;
    throw new GatewayError('INVALID_REQUEST', message);
  }
  if (failed.parts !== null && failed.parts !== parts.length) {
    const message = `Task ${failed.id} is too old to be run again: what was sent for it is not kept any more.`;
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
    pricedBy: null,
    lostCalls: 0,
    ...placeInQueue(failed.priority, now),
    account: null,
    cancelRequestedAt: null,
    retryOf: failed.id,
    parts: null,
    partial: null,
  };
  const hold = holdOf(task);
  return {
    ...withCalls(task, callsOf(failed, parts)),
    ...(hold && { hold }),
    idempotency: null,
    maxQueued: null,
  };
}

function callsOf(failed: Task, parts: readonly Task[]): readonly [Call, ...Call[]] {
  const [first = failed, ...others] = parts;
  return [callOf(first), ...others.map(callOf)];
}

const callOf = ({ input, request, media, part }: Task): Call => ({
  input,
  request,
  media,
  results: part?.results ?? 1,
});
