import { partialOf } from './gather-results.js';
import { move, type MoveContext } from './move.js';
import { firstActionAt } from './new-task.js';
import { isFinal } from './states.js';
import { mostTelling } from './most-telling.js';
import { sumUsage } from './sum-usage.js';
import type { Task, TaskError, TaskOutput } from './task.js';
import type { PartDetail } from './task.store.js';
import { settledCalls } from './transfers.js';
import type { GatheredOutputs, Transition } from './transition.js';

/** Builds one change of a task of several calls. */
export type GatherMove = (context: MoveContext) => Transition;

/**
 * What the parts of a task say that is not said of the task yet; null: nothing. Pure; `parts` are all
 * of them, in order. One step at a time, so that every status is told:
 * | of the parts | the task |
 * | --- | --- |
 * | the first one is being sent | `queued` → `handling` |
 * | no vendor is at work any more, and something came | `handling` → `archiving` |
 * | all are over, at least one a success | `archiving` → `success`, with all outputs in order |
 * | all are over, none a success | → `fail`, with the error that tells most |
 * | all are over, and nothing came since a cancel was requested | → `fail`, `TASK_CANCELED` |
 */
export function gather(task: Task, parts: readonly PartDetail[]): GatherMove | null {
  if (isFinal(task.status) || parts.length !== task.parts) return null;
  const calls = parts.map((part) => part.task);
  if (task.status === 'queued' && calls.some(hasBegun)) return handling(task);
  if (task.status === 'handling' && calls.every(isOverAtVendor) && calls.some(hasResult))
    return archiving(task);
  if (!calls.every(({ status }) => isFinal(status))) return null;
  if (isCanceled(task, calls)) return canceled(task, parts);
  return calls.some(({ status }) => status === 'success')
    ? success(task, parts)
    : fail(task, parts);
}

/** How far the parts are on average, 0–99: a task of several is done when it says so. */
export function meanProgress(calls: readonly Pick<Task, 'status' | 'progress'>[]): number {
  const sum = calls.reduce(
    (total, { status, progress }) => total + (isFinal(status) ? 100 : progress),
    0,
  );
  return Math.min(Math.floor(sum / Math.max(calls.length, 1)), 99);
}

/** A vendor that finished after the request was asked to stop in vain: then the task ends with what came. */
function isCanceled({ cancelRequestedAt }: Task, calls: readonly Task[]): boolean {
  if (!cancelRequestedAt) return false;
  return !calls.some(
    ({ status, completedAt }) =>
      status === 'success' && completedAt !== null && completedAt >= cancelRequestedAt,
  );
}

const handling =
  (task: Task): GatherMove =>
  (context) =>
    move(task, { ...task, status: 'handling', startedAt: context.now }, context, {
      cause: 'the first of its calls begins',
      nextActionAt: firstActionAt(task),
    });

const archiving =
  (task: Task): GatherMove =>
  (context) =>
    move(task, { ...task, status: 'archiving' }, context, {
      cause: 'no vendor is at work any more',
      nextActionAt: firstActionAt(task),
    });

function success(task: Task, parts: readonly PartDetail[]): GatherMove {
  const won = parts.filter((part) => part.task.status === 'success');
  const shown = won
    .flatMap(({ outputs }) => outputs.toSorted((a, b) => a.index - b.index))
    .map((output, index): TaskOutput => ({ ...output, index }));
  const taken = shown.map(({ id, index }) => ({ id, index }));
  const calls = parts.map((part) => part.task);
  const end = { ...settledCalls(task, calls), status: 'success', progress: 100 } as const;
  return (context) =>
    move(task, { ...task, ...end, partial: partialOf(parts), completedAt: context.now }, context, {
      cause: `${won.length} of ${parts.length} calls brought something`,
      nextActionAt: null,
      gathered: { taken, droppedOf: [] },
      calls,
      shown,
    });
}

function fail(task: Task, parts: readonly PartDetail[]): GatherMove {
  return ended(task, parts, mostTelling(parts.flatMap((part) => part.task.error ?? [])));
}

function canceled(task: Task, parts: readonly PartDetail[]): GatherMove {
  const asked = parts.filter((part) => part.task.startedAt !== null).length;
  const message =
    asked === 0
      ? 'Canceled on request; the vendor had not been asked for any of the results.'
      : `Canceled on request; the vendor had been asked in ${asked} of ${parts.length} calls, and may charge for them.`;
  return ended(task, parts, {
    code: 'TASK_CANCELED',
    message,
    providerCode: null,
    retryable: false,
  });
}

/** Without a result. What came all the same is paid for, and goes. */
function ended(task: Task, parts: readonly PartDetail[], error: TaskError): GatherMove {
  const gathered: GatheredOutputs = { taken: [], droppedOf: parts.map((part) => part.task.id) };
  const partial = partialOf(parts, { areDropped: true });
  const calls = parts.map((part) => part.task);
  const end = { ...usageOf(parts), status: 'fail', error, partial } as const;
  return (context) =>
    move(task, { ...task, ...end, completedAt: context.now }, context, {
      cause: error.code,
      nextActionAt: null,
      gathered,
      calls,
    });
}

/** What the parts used together, whoever pays for it. */
function usageOf(parts: readonly PartDetail[]): Pick<Task, 'usage' | 'pricedBy'> {
  const [first, ...others] = parts.flatMap((part) => part.task.usage ?? []);
  if (!first) return { usage: null, pricedBy: null };
  const pricedBy = parts.find((part) => part.task.pricedBy !== null)?.task.pricedBy ?? null;
  return { usage: others.reduce(sumUsage, first), pricedBy };
}

const hasBegun = ({ status, startedAt }: Task): boolean =>
  startedAt !== null || status === 'handling' || hasResult({ status });

const hasResult = ({ status }: Pick<Task, 'status'>): boolean =>
  status === 'archiving' || status === 'success';

const isOverAtVendor = ({ status }: Task): boolean => isFinal(status) || status === 'archiving';
