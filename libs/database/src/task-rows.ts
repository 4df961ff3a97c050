import type { JsonObject, Usage } from '@app/providers';
import type { Attempt, PartDetail, Task, TaskDetail, TaskError, TaskOutput } from '@app/tasks';
import type {
  Attempt as AttemptRow,
  Output as OutputRow,
  Prisma,
  Task as TaskRow,
} from './generated/client.js';

/*
 * Rows become domain objects here. The casts are true because only this lib writes these columns,
 * from values of these very types, and CHECK constraints hold the closed sets.
 */

export function toTask(row: TaskRow): Task {
  return {
    id: row.id,
    tenantId: row.tenantId,
    model: row.model,
    kind: row.kind as Task['kind'],
    provider: row.provider,
    status: row.status as Task['status'],
    version: row.version,
    input: row.input as JsonObject,
    request: row.request as JsonObject,
    // Written from `Task.media` alone.
    media: row.media as unknown as Task['media'],
    metadata: row.metadata as Task['metadata'],
    priority: row.priority as Task['priority'],
    callback: toCallback(row),
    onUnknown: row.onUnknown as Task['onUnknown'],
    storage: row.storage,
    progress: row.progress,
    archiveTries: row.archiveTries,
    createdAt: row.createdAt,
    startedAt: row.startedAt,
    completedAt: row.completedAt,
    deadlineAt: row.deadlineAt,
    error: toError(row),
    usage: toUsage(row),
    pricedBy: row.pricedBy,
    lostCalls: row.lostCalls,
    // Tasks of older versions have none.
    sortAt: row.sortAt ?? row.createdAt,
    dispatchAt: row.dispatchAt,
    account: row.account,
    cancelRequestedAt: row.cancelRequestedAt,
    keyId: row.keyId,
    hold: toHold(row),
    retryOf: row.retryOf,
    parts: row.parts,
    part: toPart(row),
    // Written from `Task.partial` alone.
    partial: row.partial as unknown as Task['partial'],
  };
}

const toHold = ({ holdNanoUsd, priceVersion }: TaskRow): Task['hold'] =>
  holdNanoUsd === null || priceVersion === null
    ? null
    : { nanoUsd: Number(holdNanoUsd), priceVersion };

export function toAttempt(row: AttemptRow): Attempt {
  return {
    id: row.id,
    taskId: row.taskId,
    number: row.number,
    account: row.account,
    state: row.state as Attempt['state'],
    leaseOwner: row.leaseOwner,
    leaseUntil: row.leaseUntil,
    handle: row.handle as JsonObject | null,
    checks: row.checks,
    startedAt: row.startedAt,
    submittedAt: row.submittedAt,
    nextCheckAt: row.nextCheckAt,
    seekUntil: row.seekUntil,
    hookHandle: row.hookHandle as JsonObject | null,
  };
}

/** What of a task's other tables its detail shows. */
export const DETAIL = {
  outputs: { orderBy: { index: 'asc' } },
  deliveries: { orderBy: { sequence: 'desc' }, take: 1, select: { state: true, attempts: true } },
} satisfies Prisma.TaskInclude;

export function toDetail(row: Prisma.TaskGetPayload<{ include: typeof DETAIL }>): TaskDetail {
  const delivery = row.deliveries[0];
  return {
    task: toTask(row),
    outputs: row.outputs.map(toOutput),
    delivery: delivery
      ? {
          state: delivery.state as NonNullable<TaskDetail['delivery']>['state'],
          attempts: delivery.attempts,
        }
      : null,
  };
}

export const WITH_OUTPUTS = { outputs: DETAIL.outputs } satisfies Prisma.TaskInclude;

export const toPartDetail = (
  row: Prisma.TaskGetPayload<{ include: typeof WITH_OUTPUTS }>,
): PartDetail => ({ task: toTask(row), outputs: row.outputs.map(toOutput) });

export function toOutput(row: OutputRow): TaskOutput {
  const { key, mime, bytes, sha256, sourceUrl, sourceExpiresAt } = row;
  return {
    id: row.id,
    index: row.index,
    type: row.type as TaskOutput['type'],
    source:
      sourceUrl !== null && sourceExpiresAt ? { url: sourceUrl, expiresAt: sourceExpiresAt } : null,
    stored:
      key !== null && mime !== null && bytes !== null && sha256 !== null
        ? { key, mime, bytes: Number(bytes), sha256, width: row.width, height: row.height }
        : null,
    expireAt: row.expireAt,
  };
}

function toCallback(row: TaskRow): Task['callback'] {
  if (row.callbackUrl === null) return null;
  return { url: row.callbackUrl, when: row.callbackWhen as 'final' | 'all' };
}

function toPart({ parentId, part, partResults }: TaskRow): Task['part'] {
  if (parentId === null || part === null) return null;
  return { parentId, index: part, results: partResults ?? 1 };
}

function toError(row: TaskRow): TaskError | null {
  if (row.errorCode === null) return null;
  return {
    code: row.errorCode as TaskError['code'],
    message: row.errorMessage ?? '',
    providerCode: row.errorProviderCode,
    retryable: row.errorRetryable ?? false,
  };
}

function toUsage(row: TaskRow): Usage | null {
  if (row.usageUnit === null || row.usageQuantity === null) return null;
  return {
    unit: row.usageUnit as Usage['unit'],
    quantity: row.usageQuantity,
    costNanoUsd: row.costNanoUsd === null ? null : Number(row.costNanoUsd),
    ...(row.usageEstimated && { isEstimated: true }),
  };
}
