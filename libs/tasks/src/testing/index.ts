export { describeDueWork, type DueWorkHarness } from './describe-due-work.js';
export { describeTaskStore } from './describe-task-store.js';
export { InMemoryDueWork } from './in-memory-due-work.js';
export type { TaskEvent } from './in-memory-task.store.js';
export {
  FAR_FUTURE,
  makeContext,
  makeFacts,
  makeLinked,
  makeNewAttempt,
  makeTask,
  NOON,
} from './make-task.js';
export {
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
} from './task-store-harness.js';
export { workbench } from './workbench.js';
