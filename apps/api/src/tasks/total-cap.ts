import type { TaskFilter } from '@app/tasks';

/**
 * How far `total` is counted; further would cost more than anybody learns from it. What two filters
 * have in common must be looked for among all that one of them has, so there it is less.
 */
export function totalCapOf({ status, model, metadata = {} }: TaskFilter): number {
  const filters = [status, model, ...Object.values(metadata)].filter((one) => one !== undefined);
  return filters.length < 2 ? 10_000 : 1_000;
}
