import type { MissingResult, PartialResult, Task } from './task.js';
import type { PartDetail } from './task.store.js';

/**
 * Which results of all calls together are missing, and why; null: none. Results are numbered in the
 * order of the calls.
 */
export function partialOf(
  parts: readonly PartDetail[],
  { areDropped = false }: { readonly areDropped?: boolean } = {},
): PartialResult | null {
  let delivered = 0;
  let first = 0;
  const failures: MissingResult[] = [];
  for (const { task, outputs } of parts) {
    const results = task.part?.results ?? 1;
    const came = task.status === 'success' && !areDropped ? outputs.length : 0;
    delivered += came;
    failures.push(...missingOf(task, { results, came, first }));
    first += results;
  }
  if (failures.length === 0) return null;
  return { requested: delivered + failures.length, delivered, failures };
}

interface Came {
  readonly results: number;
  readonly came: number;
  /** Number of the first result of the call. */
  readonly first: number;
}

function missingOf(task: Task, { results, came, first }: Came): readonly MissingResult[] {
  if (came === 0) {
    const reason = reasonOf(task);
    return Array.from({ length: results }, (_, index) => ({ index: first + index, ...reason }));
  }
  const told = task.partial?.failures ?? [];
  const untold = Math.max(results - came - told.length, 0);
  return [...told, ...Array.from({ length: untold }, () => UNTOLD)];
}

function reasonOf({ error }: Task): MissingResult {
  if (!error) return DROPPED;
  const { code, message, providerCode } = error;
  return { code, message, ...(providerCode !== null && { providerCode }) };
}

const UNTOLD: MissingResult = {
  code: 'TASK_FAILED',
  message: 'The vendor made fewer results than it was asked for, and did not say why.',
};

const DROPPED: MissingResult = {
  code: 'TASK_CANCELED',
  message: 'It had come before the cancel, and went with it; the vendor may charge for it.',
};
