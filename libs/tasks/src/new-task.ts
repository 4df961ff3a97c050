import { newTaskId } from './ids.js';
import type { Priority, Task } from './task.js';
import type { NewTask } from './task.store.js';

/** How far ahead of its creation a task is placed among its own tenant's tasks. */
const HEAD_START_SECONDS: Readonly<Record<Priority, number>> = { high: 900, normal: 0, low: -900 };

/** Where a task that is created at `now` stands among what waits for the dispatcher. */
export function placeInQueue(priority: Priority, now: Date): Pick<Task, 'sortAt' | 'dispatchAt'> {
  const sortAt = new Date(now.getTime() - HEAD_START_SECONDS[priority] * 1000);
  return { sortAt, dispatchAt: now };
}

/** What one call to the vendor sends, and how many results it is to bring. */
export interface Call extends Pick<Task, 'input' | 'request' | 'media'> {
  readonly results: number;
}

/**
 * A task with what is to be sent for it. Of several calls each becomes a part: an ordinary task for all
 * that sends, checks, archives and recovers, without what only its owner sees.
 */
export function withCalls(
  task: Task,
  calls: readonly [Call, ...Call[]],
): Pick<NewTask, 'task' | 'parts'> {
  const [{ request, media }] = calls;
  if (calls.length === 1) return { task: { ...task, request, media } };
  const parts = calls.map(({ results, ...sent }, index): Task => ({
    ...task,
    ...sent,
    id: newTaskId(task.createdAt),
    metadata: {},
    callback: null,
    retryOf: null,
    hold: null,
    part: { parentId: task.id, index, results },
  }));
  return {
    task: { ...task, request: {}, media: [], dispatchAt: null, parts: parts.length },
    parts,
  };
}

/**
 * When the reconciler looks at a task that was never touched. A task of several calls has nothing that
 * could be overdue but its parts: nobody may ever take it for one that is to be sent.
 */
export const firstActionAt = ({ deadlineAt, parts }: Pick<Task, 'deadlineAt' | 'parts'>): Date =>
  parts === null ? deadlineAt : new Date(deadlineAt.getTime() + DAY_MS);

const DAY_MS = 86_400_000;
