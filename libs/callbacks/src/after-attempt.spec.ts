import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterAttempt, type Attempted } from './after-attempt.js';
import type { AfterAttempt } from './delivery-queue.js';
import type { Verdict } from './judge-answer.js';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const SCHEDULE = [10, 60];

const RETRY: Verdict = { outcome: 'retry', timedOutOr429: false };
const DELIVERED: Verdict = { outcome: 'delivered' };
const GONE: Verdict = { outcome: 'dead' };
const INTERRUPTED: Verdict = { outcome: 'interrupted' };

const FRESH: Attempted = {
  event: 'task.success',
  state: 'pending',
  trigger: 'auto',
  autoAttempts: 0,
  resumeAt: null,
};
const after = (fields: Partial<Attempted>, verdict: Verdict): AfterAttempt =>
  afterAttempt({ ...FRESH, ...fields }, verdict, {
    schedule: SCHEDULE,
    slowDownSeconds: 60,
    now: NOW,
    random: 0.5,
  });

const delivered = { state: 'delivered', nextAttemptAt: null };
const dead = { state: 'dead', nextAttemptAt: null };
const pendingAt = (nextAttemptAt: Date) => ({ state: 'pending', nextAttemptAt });

describe('an attempt of the schedule', () => {
  it('delivers', () => {
    expect(after({}, DELIVERED)).toEqual(delivered);
  });

  it('that fails is followed by the next wait, until there is none', () => {
    expect(after({}, RETRY)).toEqual(pendingAt(later(10)));
    expect(after({ autoAttempts: 1 }, RETRY)).toEqual(pendingAt(later(60)));
    expect(after({ autoAttempts: 2 }, RETRY)).toEqual(dead);
  });

  it('that the receiver asks to be the last is', () => {
    expect(after({}, GONE)).toEqual(dead);
  });

  it('that we broke off is made again at once, and is none of the schedule’s', () => {
    expect(after({ autoAttempts: 2 }, INTERRUPTED)).toEqual(pendingAt(NOW));
  });

  it.each(['task.handling', 'task.archiving', 'callback.test'] as const)(
    'of %s is the only one',
    (event) => {
      expect(after({ event }, DELIVERED)).toEqual(delivered);
      expect(after({ event }, RETRY)).toEqual(dead);
      expect(after({ event }, GONE)).toEqual(dead);
    },
  );
});

describe.each(['manual', 'replay'] as const)(
  'an attempt that somebody asked for (%s)',
  (trigger) => {
    it.each(['pending', 'delivered', 'dead'] as const)('delivers what was %s', (state) => {
      expect(after({ trigger, state, resumeAt: later(5) }, DELIVERED)).toEqual(delivered);
    });

    it('that fails has the schedule go on where it was', () => {
      expect(after({ trigger, autoAttempts: 1, resumeAt: later(500) }, RETRY)).toEqual(
        pendingAt(later(500)),
      );
    });

    it('that fails goes on by the schedule where nobody wrote down when', () => {
      expect(after({ trigger, autoAttempts: 0 }, RETRY)).toEqual(pendingAt(later(10)));
      expect(after({ trigger, autoAttempts: 2 }, RETRY)).toEqual(pendingAt(later(60)));
    });

    it.each([
      ['delivered', delivered],
      ['dead', dead],
    ] as const)('that fails leaves a %s one as it was', (state, expected) => {
      expect(after({ trigger, state }, RETRY)).toEqual(expected);
      expect(after({ trigger, state }, INTERRUPTED)).toEqual(expected);
      expect(after({ trigger, state }, GONE)).toEqual(expected);
    });

    it('ends a pending one where the receiver wants no more', () => {
      expect(after({ trigger, resumeAt: later(500) }, GONE)).toEqual(dead);
    });
  },
);

describe('whatever an attempt finds and whatever comes of it', () => {
  const anyAttempted = fc.record<Attempted>({
    event: fc.constantFrom('task.handling', 'task.success', 'task.fail', 'callback.test'),
    state: fc.constantFrom('pending', 'delivered', 'dead'),
    trigger: fc.constantFrom('auto', 'manual', 'replay'),
    autoAttempts: fc.nat({ max: 5 }),
    resumeAt: fc.option(fc.nat({ max: 1000 }).map((seconds) => later(seconds - 500))),
  });
  const anyVerdict = fc.constantFrom(RETRY, DELIVERED, GONE, INTERRUPTED);

  it('exactly what is pending is due again', () => {
    fc.assert(
      fc.property(anyAttempted, anyVerdict, (attempted, verdict) => {
        const { state, nextAttemptAt } = after(attempted, verdict);

        expect(nextAttemptAt !== null).toBe(state === 'pending');
      }),
    );
  });

  it('a success delivers, and nothing else changes what had ended', () => {
    fc.assert(
      fc.property(anyAttempted, anyVerdict, (attempted, verdict) => {
        const { state } = after(attempted, verdict);

        expect(state === 'delivered').toBe(
          verdict.outcome === 'delivered' || attempted.state === 'delivered',
        );
        expect(state === 'pending' && attempted.state !== 'pending').toBe(false);
      }),
    );
  });

  it('the schedule is used up after its attempts, however many others were made between', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }), (byHand) => {
        let autoAttempts = 0;
        let state: AfterAttempt = pendingAt(NOW) as AfterAttempt;
        for (const isByHand of [...byHand, false, false, false]) {
          if (state.nextAttemptAt === null) break;
          const trigger = isByHand ? 'manual' : 'auto';
          state = after({ trigger, autoAttempts, resumeAt: isByHand ? later(1) : null }, RETRY);
          autoAttempts += isByHand ? 0 : 1;
        }
        expect(autoAttempts).toBe(SCHEDULE.length + 1);
        expect(state).toEqual(dead);
      }),
    );
  });
});
