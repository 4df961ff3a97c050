import type { Looked } from './job-look.js';
import type { CheckNote, OpenAttempt } from './task.store.js';

export interface CheckOutcome {
  readonly open: OpenAttempt;
  readonly looked: Looked;
}

/**
 * What of a look has to be written to the rows; mostly nothing. A row says by when its job must have
 * been looked at at the latest, a minute ahead, so that a job that is looked at each second costs
 * Postgres a write in forty seconds. Progress is written when it grew.
 */
export function noteOf({ open, looked }: CheckOutcome, now: Date): CheckNote | null {
  if (looked === 'over') return null;
  const { task, attempt } = open;
  const { nextAt, progress } = looked;
  const latest = attempt.nextCheckAt?.getTime() ?? 0;
  const isNear = latest - now.getTime() < NEAR_MS || latest < nextAt.getTime();
  const hasGrown = (progress ?? 0) > task.progress;
  if (!isNear && !hasGrown) return null;
  const byMs = Math.max(now.getTime() + AHEAD_MS, nextAt.getTime() + NEAR_MS);
  const nextCheckAt = new Date(byMs);
  return { attemptId: attempt.id, checks: attempt.checks + 1, nextCheckAt, progress };
}

const AHEAD_MS = 60_000;
const NEAR_MS = 20_000;
