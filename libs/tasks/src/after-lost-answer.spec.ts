import type { Provider } from '@app/providers';
import { describe, expect, it } from 'vitest';
import { afterLostAnswer, type LostAnswer, seekDelayMs } from './after-lost-answer.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const fromNow = (ms: number): Date => new Date(NOW.getTime() + ms);

interface Situation {
  readonly safety: Provider['submitSafety'];
  readonly typicalSeconds?: number;
  readonly hasHook?: boolean;
  readonly elapsedMs?: number;
  readonly deadlineMs?: number;
  readonly hookHandle?: LostAnswer['attempt']['hookHandle'];
  readonly configured?: boolean;
}

/** What follows at a vendor that can do everything, an hour before the deadline, unless told. */
function after(situation: Situation) {
  const { safety, typicalSeconds = 10, elapsedMs = 0, deadlineMs = 60 * MINUTE } = situation;
  const provider = {
    submitSafety: safety,
    models: [{ id: 'model', typicalSeconds }],
    check: async () => ({ state: 'running' }),
    recover: async () => ({ found: 'unclear' }),
  } as unknown as LostAnswer['provider']; // the members that the decision reads
  return afterLostAnswer({
    task: { model: 'model', deadlineAt: fromNow(deadlineMs) },
    attempt: { startedAt: fromNow(-elapsedMs), hookHandle: situation.hookHandle ?? null },
    provider: situation.configured === false ? null : provider,
    hasHook: situation.hasHook ?? true,
    now: NOW,
  });
}

const seek = (untilMs: number, firstMs: number) => ({
  next: 'seek',
  seekUntil: fromNow(untilMs),
  firstLookAt: fromNow(firstMs),
});

describe('afterLostAnswer', () => {
  it.each<[string, Situation, unknown]>([
    ['gives up at a vendor that tells nothing', { safety: 'none' }, { next: 'unknown' }],
    ['asks a vendor that can tell, at once', { safety: 'findable' }, seek(2 * MINUTE, 0)],
    [
      'waits two minutes for a callback of short work',
      { safety: 'hook-correlates' },
      seek(2 * MINUTE, 2 * SECOND),
    ],
    [
      'waits thrice the usual time for a callback of long work',
      { safety: 'hook-correlates', typicalSeconds: 100 },
      seek(5 * MINUTE, 2 * SECOND),
    ],
    [
      'waits for no callback where the vendor was given no URL',
      { safety: 'hook-correlates', hasHook: false },
      { next: 'unknown' },
    ],
    [
      'looks no longer than to the deadline',
      { safety: 'findable', deadlineMs: 30 * SECOND },
      seek(30 * SECOND, 0),
    ],
    [
      'looks at once at a job that a callback named, whatever the vendor can tell',
      { safety: 'none', hookHandle: { id: 'j-1' } },
      seek(2 * MINUTE, 0),
    ],
    [
      'sends again under the same id, half of the elapsed time later',
      { safety: 'idempotent', elapsedMs: 20 * SECOND },
      { next: 'resend', at: fromNow(10 * SECOND) },
    ],
    [
      'does not send again after ten minutes',
      { safety: 'idempotent', elapsedMs: 10 * MINUTE },
      { next: 'unknown' },
    ],
    [
      'gives up when no account of the vendor is left',
      { safety: 'findable', configured: false },
      { next: 'unknown' },
    ],
  ])('%s', (_, situation, next) => {
    expect(after(situation)).toEqual(next);
  });
});

describe('seekDelayMs', () => {
  it.each([
    [0, 2_000],
    [10_000, 5_000],
    [90_000, 15_000],
  ])('after %i ms is %i ms', (elapsedMs, delayMs) => {
    expect(seekDelayMs(elapsedMs)).toBe(delayMs);
  });
});
