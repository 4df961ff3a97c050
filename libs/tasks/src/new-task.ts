import type { Priority, Task } from './task.js';

/** How far ahead of its creation a task is placed among its own tenant's tasks. */
const HEAD_START_SECONDS: Readonly<Record<Priority, number>> = { high: 900, normal: 0, low: -900 };

/** Where a task that is created at `now` stands among what waits for the dispatcher. */
export function placeInQueue(priority: Priority, now: Date): Pick<Task, 'sortAt' | 'dispatchAt'> {
  const sortAt = new Date(now.getTime() - HEAD_START_SECONDS[priority] * 1000);
  return { sortAt, dispatchAt: now };
}
