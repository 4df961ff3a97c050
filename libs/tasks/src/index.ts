export { type ArchiveParts, ArchiveStep } from './archive.step.js';
export { Bell } from './bell.js';
export { type CancelOutcome, type CancelParts, CancelTask } from './cancel-task.js';
export { CheckStep, type CheckParts } from './check.step.js';
export {
  type Created,
  type CreateRequest,
  type IdempotencyRequest,
  type PreparedTask,
  TaskCreator,
  type TaskOwner,
} from './create-task.js';
export { type AccountHealth, isCooling, limitNow } from './dispatch/account-health.js';
export { type AccountTrouble, troubleName } from './dispatch/account-trouble.js';
export { type Breaker, breakerState } from '@app/outbound';
export { chooseNext, type LaneRules } from './dispatch/choose-next.js';
export {
  type Admission,
  DispatchStore,
  type LaneDecision,
  type LaneState,
  type LaneView,
  type TurnLimits,
  type WaitingTask,
  type WaitingTenant,
} from './dispatch/dispatch.store.js';
export { type VendorEvent, VendorHealth } from './dispatch/vendor-health.js';
export { VendorOverview, type VendorsSeen } from './dispatch/vendor-overview.js';
export {
  type EndedTroubles,
  type TroubleSubject,
  VendorHealthStore,
} from './dispatch/vendor-health.store.js';
export { type DueCheck, DueChecks } from './due-checks.js';
export { DueWork } from './due-work.js';
export { Durations } from './durations.js';
export { EngineFigures, type Figures, type LaneFigures } from './engine-figures.js';
export { taskError } from './after-submit-error.js';
export { LEASE_TIMES } from './lease-keeper.js';
export { EndOverdue } from './end-overdue.js';
export { type HookUrls } from './hook-urls.js';
export { GatherStep } from './gather.step.js';
export { InputFetcher } from './input-fetcher.js';
export { LostSubmits } from './lost-submits.js';
export { failed } from './moves.js';
export { firstActionAt } from './new-task.js';
export { OutputIntake } from './output-intake.js';
export { firstRing, isAboutLease } from './overdue-ring.js';
export { type OutputLink, type PresentedTask, presentTask } from './present-task.js';
export { isFinal, type TaskStatus } from './states.js';
export { type InputObject, InputStore } from './input.store.js';
export { inputUrl } from './inputs/input-url.js';
export { InputKeeper, isBadFile } from './inputs/keep-input.js';
export { MediaFetcher } from './inputs/media-fetcher.js';
export { InputIntake, type TakenInput } from './inputs/take-inputs.js';
export { RetentionStore } from './retention.store.js';
export { retryTask } from './retry-task.js';
export { type StepParts, StepTools } from './step-tools.js';
export { SubmitCalls, type SubmitCallParts } from './submit-call.js';
export { type SubmitParts, SubmitStep } from './submit.step.js';
export {
  type CheckNote,
  type CreateResult,
  type EraseResult,
  type KnownIdempotencyKey,
  type NewTask,
  type OpenAttempt,
  type PartDetail,
  type TaskDetail,
  type TaskEvent,
  type TaskFilter,
  type TaskPaging,
  TaskStore,
} from './task.store.js';
export {
  type Attempt,
  CALLBACK_WHEN,
  ON_UNKNOWN,
  OPEN_STATES,
  PRIORITIES,
  type StoredFacts,
  type PartialResult,
  type Task,
  type TaskError,
  type TaskOutput,
} from './task.js';
export {
  type GatheredOutputs,
  type Ring,
  type Step,
  STEPS,
  type Transition,
} from './transition.js';
export { TaskSignals } from './task-signals.js';
export { type VendorReport, type VendorReports, type VendorTrouble } from './vendor-report.js';
export { type OpenVendor, type VendorHttp, Vendors } from './vendors.js';
export { type AccountedTask, holdOf, settled, settledCalls, transfersAtEnd } from './transfers.js';
export { UnaccountedEnds } from './unaccounted-ends.js';
export { type HookClaim, VendorHooks } from './vendor-hooks.js';
export { type QueueStanding, WORK_QUEUES, type WorkQueue, WorkQueues } from './work-queues.js';
