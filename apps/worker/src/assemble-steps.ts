import type { Archivist } from '@app/outputs';
import {
  ArchiveStep,
  CheckStep,
  type DueChecks,
  GatherStep,
  type HookUrls,
  type InputFetcher,
  LostSubmits,
  type OutputIntake,
  type Step,
  type StepTools,
  SubmitCalls,
  SubmitStep,
} from '@app/tasks';

export interface StepSetup {
  readonly tools: StepTools;
  readonly archivist: Archivist;
  readonly intake: OutputIntake;
  readonly inputs: InputFetcher;
  readonly due: DueChecks;
  readonly hookUrls: HookUrls;
  readonly owner: string;
  /** Postgres' time, Unix milliseconds. */
  readonly clock: () => number;
  readonly shutdown: AbortSignal;
}

/** The steps of tasks, and how each is run for one row. */
export function assembleSteps(setup: StepSetup) {
  const { tools, archivist, intake, inputs, due, hookUrls, owner, clock, shutdown } = setup;
  const lost = new LostSubmits(tools, intake, hookUrls);
  const calls = new SubmitCalls(tools, { intake, lost, hookUrls, owner, clock });
  const submit = new SubmitStep(tools, { calls, lost, inputs });
  const check = new CheckStep(tools, { intake, lost, due });
  const archive = new ArchiveStep(tools, { archivist, intake });
  const gather = new GatherStep(tools);
  const handlers: Readonly<Record<Step, (subject: string) => Promise<void>>> = {
    submit: async (taskId) => await submit.run(taskId, shutdown),
    check: async (attemptId) => await check.run([attemptId], shutdown),
    archive: async (taskId) => await archive.run(taskId, shutdown),
    gather: async (taskId) => await gather.run(taskId, shutdown),
  };
  return { check, handlers };
}
