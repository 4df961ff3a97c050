import { type Provider, submitSafetyOf } from '@app/providers';
import type { Attempt, Task } from './task.js';

/** What is known when a submit's answer was lost. */
export interface LostAnswer {
  readonly task: Pick<Task, 'model' | 'deadlineAt'>;
  readonly attempt: Pick<Attempt, 'startedAt' | 'hookHandle'>;
  /** Null: no account of the vendor is configured any more. */
  readonly provider: Pick<Provider, 'submitSafety' | 'models' | 'check' | 'recover'> | null;
  /** Whether the vendor was given a URL to call back on. */
  readonly hasHook: boolean;
  readonly now: Date;
}

/** `resend`: the same attempt again. `seek`: find out. `unknown`: `onUnknown` decides. */
export type AfterLostAnswer =
  | { readonly next: 'resend'; readonly at: Date }
  | { readonly next: 'seek'; readonly seekUntil: Date; readonly firstLookAt: Date }
  | { readonly next: 'unknown' };

/**
 * What can be found out after a lost answer, by what the vendor's adapter declares:
 * | `submitSafety` | then |
 * | --- | --- |
 * | `idempotent` | the same attempt is sent again, for ten minutes, ever more seldom |
 * | `findable` | the vendor is asked for two minutes whether it has the job |
 * | `hook-correlates` | its callback is waited for, two minutes or thrice the usual time; only if it has a URL |
 * | `none` | nothing |
 * Never beyond the task's deadline.
 */
export function afterLostAnswer(lost: LostAnswer): AfterLostAnswer {
  const { task, attempt, provider, hasHook, now } = lost;
  if (!provider) return { next: 'unknown' };
  // The vendor's callback named the job already.
  if (attempt.hookHandle && provider.check) return search(lost, SEEK_MS, 0);
  const model = provider.models.find(({ id }) => id === task.model);
  switch (model ? submitSafetyOf(model, provider) : provider.submitSafety) {
    case 'idempotent': {
      const delayMs = resendDelayMs(now.getTime() - attempt.startedAt.getTime());
      if (delayMs === null) return { next: 'unknown' };
      return { next: 'resend', at: new Date(now.getTime() + delayMs) };
    }
    case 'findable':
      return provider.recover ? search(lost, SEEK_MS, 0) : { next: 'unknown' };
    case 'hook-correlates': {
      if (!hasHook || !provider.check) return { next: 'unknown' };
      const usualMs = (model?.typicalSeconds ?? 0) * 1000;
      return search(lost, Math.max(SEEK_MS, 3 * usualMs), seekDelayMs(0));
    }
    case 'none':
      return { next: 'unknown' };
  }
}

/** How long after a look without a result comes the next: half of the time that has passed, 2 to 15 s. */
export const seekDelayMs = (elapsedMs: number): number =>
  Math.min(Math.max(elapsedMs / 2, 2_000), 15_000);

/** Null: long enough. */
function resendDelayMs(elapsedMs: number): number | null {
  if (elapsedMs >= RESEND_MS) return null;
  return Math.min(Math.max(elapsedMs / 2, 1_000), 60_000);
}

function search({ task, now }: LostAnswer, forMs: number, firstMs: number): AfterLostAnswer {
  const until = Math.min(now.getTime() + forMs, task.deadlineAt.getTime());
  const first = Math.min(now.getTime() + firstMs, until);
  return { next: 'seek', seekUntil: new Date(until), firstLookAt: new Date(first) };
}

const SEEK_MS = 120_000;
const RESEND_MS = 600_000;
