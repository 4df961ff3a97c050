import type { Ring } from '@app/tasks';

/**
 * BullMQ's priority of an archive: the link that dies first is served first. From 1, because 0 jumps
 * every line, to 2^21; in steps of five minutes since 2026 that lasts for twenty years.
 * A link whose end nobody told counts as one that lives for a day, so that it too has its turn.
 */
export function archivePriority({ expiresAt, dueAt }: Pick<Ring, 'expiresAt' | 'dueAt'>): number {
  const endsAt = expiresAt?.getTime() ?? dueAt.getTime() + DAY_MS;
  const step = Math.floor((endsAt - START) / STEP_MS);
  return Math.min(Math.max(step, 1), LOWEST);
}

const START = Date.UTC(2026, 0, 1);
const STEP_MS = 5 * 60_000;
const DAY_MS = 86_400_000;
const LOWEST = 2 ** 21;
