import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptErrorClass } from './delivery.js';
import type { Outcome } from './delivery-queue.js';
import { NEW_RECEIVER, type ReceiverHealth } from './receiver.js';
import { learn } from './receiver-health.js';
import type { ReceiverLimits } from './receiver-limits.js';

const NOW = new Date('2026-11-23T12:00:00.000Z');
const nowMs = NOW.getTime();
const HOUR_MS = 3_600_000;
const LIMITS: ReceiverLimits = { atOnce: 10, perSecond: 100, disableAfterHours: null };

const outcome = (errorClass: AttemptErrorClass | null, retryAfterSeconds?: number): Outcome => ({
  errorClass,
  retryAfterSeconds,
});
const times = (count: number, errorClass: AttemptErrorClass | null): readonly Outcome[] =>
  Array.from({ length: count }, () => outcome(errorClass));

function after(
  outcomes: readonly Outcome[],
  from: Partial<ReceiverHealth> = {},
  limits: Partial<ReceiverLimits> = {},
): ReceiverHealth {
  return learn(from, { outcomes, now: NOW, limits: { ...LIMITS, ...limits } });
}

describe('attempts at once', () => {
  it.each(['timeout', 'throttled', 'blocked', 'closed', 'filtered'] as const)(
    'are halved by %s, once for all that ended together',
    (errorClass) => {
      expect(after(times(1, errorClass)).atOnce).toBe(5);
      expect(after([...times(6, errorClass), ...times(3, null)]).atOnce).toBe(5);
    },
  );

  it('never fall below one', () => {
    expect(after(times(1, 'timeout'), { atOnce: 1 }).atOnce).toBe(1);
  });

  it('grow by about one for each round of answers, up to the configured maximum', () => {
    expect(after(times(4, null), { atOnce: 4 }).atOnce).toBeCloseTo(4.9, 1);
    expect(after(times(3, 'client-error'), { atOnce: 1 }).atOnce).toBeGreaterThan(2);
    expect(after(times(500, null), { atOnce: 1 }).atOnce).toBe(10);
  });

  it('are not changed by failures that cost no time', () => {
    expect(after(times(3, 'server-error'), { atOnce: 4 }).atOnce).toBe(4);
    expect(after(times(3, 'interrupted'), { atOnce: 4 }).atOnce).toBe(4);
  });

  it('follow the configured maximum down', () => {
    expect(after(times(1, 'reset'), { atOnce: 50 }).atOnce).toBe(10);
  });
});

describe('the breaker of a receiver', () => {
  it.each([
    'blocked',
    'closed',
    'filtered',
    'unresolved',
    'tls',
    'timeout',
    'reset',
    'server-error',
  ] as const)('opens at the fifth fault in a row of the host: %s', (errorClass) => {
    expect(after(times(4, errorClass)).breaker).toMatchObject({ failures: 4, openUntil: null });
    expect(after(times(5, errorClass)).breaker).toMatchObject({ openUntil: nowMs + 10_000 });
  });

  it.each([
    'redirect',
    'gone',
    'throttled',
    'misconfigured',
    'client-error',
    'too-large',
    'refused-url',
    'interrupted',
  ] as const)('is not moved by what is no fault of the host: %s', (errorClass) => {
    expect(after(times(5, errorClass)).breaker).toBeNull();
  });

  it('counts anew after an answer', () => {
    expect(after([...times(4, 'reset'), ...times(1, 'client-error')]).breaker).toBeNull();
  });

  const probing = { failures: 5, openUntil: nowMs + 60_000, opened: 1, probing: true } as const;

  it('closes with a probe that is answered, and opens for longer with one that is not', () => {
    expect(after(times(1, null), { breaker: probing }).breaker).toBeNull();
    expect(after(times(1, 'closed'), { breaker: probing }).breaker).toMatchObject({
      openUntil: nowMs + 20_000,
    });
  });

  it('lets the next one try at once when a probe told nothing', () => {
    expect(after(times(1, 'interrupted'), { breaker: probing }).breaker).toEqual({
      failures: 5,
      openUntil: nowMs,
      opened: 1,
    });
  });
});

describe('a pause', () => {
  it.each([
    [120, 60],
    [30, 30],
    [0, 1],
  ])('of %i s that a 429 asks for is %i s', (asked, seconds) => {
    expect(after([outcome('throttled', asked)]).pausedUntil).toBe(nowMs + seconds * 1000);
  });

  it('is asked for by a 503 too, not by anything else', () => {
    expect(after([outcome('server-error', 10)]).pausedUntil).toBe(nowMs + 10_000);
    expect(after([outcome('client-error', 10)]).pausedUntil).toBeNull();
    expect(after([outcome('throttled')]).pausedUntil).toBeNull();
  });

  it('is not shortened by a later one', () => {
    const twice = [outcome('throttled', 50), outcome('throttled', 2)];

    expect(after(twice).pausedUntil).toBe(nowMs + 50_000);
  });
});

describe('a failing receiver', () => {
  it('is known since its first failure and until its next success', () => {
    const since = nowMs - 5_000;
    const failing = after(times(2, 'misconfigured'), { failingSince: since, failures: 3 });

    expect(failing).toMatchObject({ failingSince: since, failures: 5, lastFailureAt: nowMs });
    expect(after(times(1, null), failing)).toMatchObject({
      failingSince: null,
      failures: 0,
      lastSuccessAt: nowMs,
      lastFailureAt: nowMs,
    });
  });

  it('does not fail by a shutdown of ours', () => {
    expect(after(times(1, 'interrupted'))).toMatchObject({ failingSince: null, failures: 0 });
  });

  const longFailing = { failingSince: nowMs - 120 * HOUR_MS, failures: 9 };

  it('is disabled only by policy, after that long of nothing but failures', () => {
    const policy = { disableAfterHours: 120 };

    expect(after(times(1, 'closed'), longFailing, policy).disabledAt).toBe(nowMs);
    expect(after(times(1, 'closed'), longFailing).disabledAt).toBeNull();
    expect(after(times(1, null), longFailing, policy).disabledAt).toBeNull();
    expect(
      after(times(1, 'closed'), { ...longFailing, failingSince: nowMs - 119 * HOUR_MS }, policy)
        .disabledAt,
    ).toBeNull();
  });

  it('is not disabled for a few failures that lie far apart', () => {
    const few = { ...longFailing, failures: 8 };

    expect(after(times(1, 'closed'), few, { disableAfterHours: 120 }).disabledAt).toBeNull();
  });

  it('stays disabled until somebody says otherwise', () => {
    expect(after(times(1, null), { disabledAt: 7 }).disabledAt).toBe(7);
  });
});

describe('whatever happens', () => {
  const classes: readonly (AttemptErrorClass | null)[] = [
    null,
    'timeout',
    'throttled',
    'closed',
    'server-error',
    'client-error',
    'interrupted',
  ];
  const anyOutcome = fc.record({
    errorClass: fc.constantFrom(...classes),
    retryAfterSeconds: fc.option(fc.nat(), { nil: undefined }),
  });

  it('a receiver may have one at once, is paused for a minute and left alone for five at most', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(anyOutcome, { maxLength: 8 })),
        fc.integer({ min: 1, max: 50 }),
        (groups, atOnce) => {
          const health = groups.reduce<Partial<ReceiverHealth>>(
            (before, outcomes) => after(outcomes, before, { atOnce }),
            {},
          );
          const known = { ...NEW_RECEIVER, ...health };
          expect(after([], known, { atOnce }).atOnce).toBeGreaterThanOrEqual(1);
          expect(after([], known, { atOnce }).atOnce).toBeLessThanOrEqual(atOnce);
          expect((known.pausedUntil ?? nowMs) - nowMs).toBeLessThanOrEqual(60_000);
          expect((known.breaker?.openUntil ?? nowMs) - nowMs).toBeLessThanOrEqual(300_000);
          expect(known.failingSince === null).toBe(known.failures === 0);
        },
      ),
    );
  });
});
