import { isFinal } from './states.js';
import type { StoredFacts, Task, TaskOutput } from './task.js';

/** Makes the gateway's own signed link of a stored output. */
export type OutputLink = (outputId: string, expireAt: Date) => string;

/** The `data` object of `GET /v1/tasks/{taskId}` without `callback`; also the body of a callback. */
export interface PresentedTask {
  readonly taskId: string;
  readonly model: string;
  readonly provider: string;
  readonly status: Task['status'];
  readonly progress: number;
  /** The task's version: of two callbacks about it the one with the higher number is the later. */
  readonly seq: number;
  /** Unix seconds; `completed` is 0 until the task is terminal. */
  readonly created: number;
  readonly started?: number;
  readonly completed: number;
  readonly storage: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The failed task that was run again as this one. */
  readonly retryOf?: string;
  readonly output?: readonly PresentedOutput[];
  /** On a task that has ended with fewer results than were asked for. */
  readonly partial?: PresentedPartial;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly providerCode?: string;
    readonly retryable: boolean;
  };
  readonly usage?: {
    readonly unit: string;
    readonly quantity: number;
    readonly costUsd: number | null;
  };
}

export interface PresentedPartial {
  readonly requested: number;
  readonly delivered: number;
  readonly failures: readonly {
    readonly index?: number;
    readonly code: string;
    readonly message: string;
    readonly providerCode?: string;
  }[];
}

export interface PresentedOutput {
  readonly url: string;
  readonly type: 'image' | 'video';
  readonly mime: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly width?: number;
  readonly height?: number;
  readonly expireAt: number;
}

export function presentTask(
  task: Task,
  outputs: readonly TaskOutput[],
  link: OutputLink,
): PresentedTask {
  return {
    taskId: task.id,
    model: task.model,
    provider: task.provider,
    status: task.status,
    progress: task.progress,
    seq: task.version,
    created: unixSeconds(task.createdAt),
    ...(task.startedAt && { started: unixSeconds(task.startedAt) }),
    completed: task.completedAt ? unixSeconds(task.completedAt) : 0,
    storage: task.storage,
    metadata: task.metadata,
    ...(task.retryOf && { retryOf: task.retryOf }),
    ...(task.status === 'success' && { output: presentOutputs(outputs, link) }),
    ...(task.partial && isFinal(task.status) && { partial: task.partial }),
    ...(task.error && { error: presentError(task.error) }),
    ...(task.usage && { usage: presentUsage(task.status, task.usage) }),
  };
}

function presentOutputs(outputs: readonly TaskOutput[], link: OutputLink): PresentedOutput[] {
  return outputs.flatMap((output) =>
    output.stored ? [presentOutput(output, output.stored, link)] : [],
  );
}

function presentOutput(output: TaskOutput, stored: StoredFacts, link: OutputLink): PresentedOutput {
  return {
    url: link(output.id, output.expireAt),
    type: output.type,
    mime: stored.mime,
    bytes: stored.bytes,
    sha256: stored.sha256,
    ...(stored.width !== null && { width: stored.width }),
    ...(stored.height !== null && { height: stored.height }),
    expireAt: unixSeconds(output.expireAt),
  };
}

function presentError(error: NonNullable<Task['error']>) {
  return {
    code: error.code,
    message: error.message,
    ...(error.providerCode !== null && { providerCode: error.providerCode }),
    retryable: error.retryable,
  };
}

/** Whatever the vendor charges for a task that failed, its tenant pays nothing. */
function presentUsage(
  status: Task['status'],
  { unit, quantity, costNanoUsd }: NonNullable<Task['usage']>,
) {
  if (status === 'fail') return { unit, quantity, costUsd: 0 };
  return { unit, quantity, costUsd: costNanoUsd === null ? null : costNanoUsd / 1e9 };
}

const unixSeconds = (date: Date): number => Math.floor(date.getTime() / 1000);
