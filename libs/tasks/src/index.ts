export { ArchiveStep } from './archive.step.js';
export { Bell } from './bell.js';
export { CheckStep } from './check.step.js';
export {
  type Created,
  type CreateRequest,
  type IdempotencyRequest,
  TaskCreator,
} from './create-task.js';
export { DueWork } from './due-work.js';
export { Durations } from './durations.js';
export { taskError } from './after-submit-error.js';
export { LEASE_TIMES } from './lease-keeper.js';
export { failed } from './moves.js';
export { OutputIntake } from './output-intake.js';
export { firstRing, isAboutLease } from './overdue-ring.js';
export { type OutputLink, type PresentedTask, presentTask } from './present-task.js';
export { isFinal, type TaskStatus } from './states.js';
export { StepTools } from './step-tools.js';
export { SubmitStep } from './submit.step.js';
export {
  type KnownIdempotencyKey,
  type NewTask,
  type OpenAttempt,
  type TaskDetail,
  type TaskPage,
  TaskStore,
} from './task.store.js';
export {
  type Attempt,
  CALLBACK_WHEN,
  ON_UNKNOWN,
  PRIORITIES,
  type StoredFacts,
  type Task,
  type TaskError,
  type TaskOutput,
} from './task.js';
export { type Ring, type Step, STEPS, type Transition } from './transition.js';
export { type OpenVendor, type VendorHttp, Vendors } from './vendors.js';
