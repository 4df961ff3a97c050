export type TaskStatus = 'queued' | 'handling' | 'archiving' | 'success' | 'fail';

/** The whole life of a task. A move not listed here is refused by the store. */
const NEXT: Readonly<Record<TaskStatus, readonly TaskStatus[]>> = {
  queued: ['handling', 'fail'],
  handling: ['archiving', 'fail'],
  archiving: ['success', 'fail'],
  success: [],
  fail: [],
};

export const canMove = (from: TaskStatus, to: TaskStatus): boolean => NEXT[from].includes(to);

/** A final task never changes again. */
export const isFinal = (status: TaskStatus): boolean => NEXT[status].length === 0;
