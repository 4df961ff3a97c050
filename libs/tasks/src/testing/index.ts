export { describeDueWork, type DueWorkHarness } from './describe-due-work.js';
export { describeTaskStore } from './describe-task-store.js';
export { InMemoryDueChecks } from './in-memory-due-checks.js';
export { InMemoryDueWork } from './in-memory-due-work.js';
export { InMemoryInputStore } from './in-memory-input.store.js';
export { InMemoryTaskStore } from './in-memory-task.store.js';
export { InMemoryVendorHealthStore } from './in-memory-vendor-health.store.js';
export {
  FAR_FUTURE,
  makeAdmitted,
  makeContext,
  makeFacts,
  makeLinked,
  makeNewAttempt,
  makeTask,
  NOON,
} from './make-task.js';
export { RecordingBell } from './recording-bell.js';
export { RecordingSignals } from './recording-signals.js';
export {
  admission,
  createAdmitted,
  createArchiving,
  createQueued,
  createSubmitted,
  createSubmitting,
  createSuccess,
  createWithParts,
  rungSubjects,
  type TaskStoreHarness,
} from './task-store-harness.js';
export { workbench } from './workbench.js';
