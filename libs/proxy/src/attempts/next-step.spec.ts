import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FaultKind, mayHaveRun } from './fault.js';
import { type FailedAttempt, LONGEST_WAIT_MS, nextStep } from './next-step.js';

const FAULTS: readonly FaultKind[] = [
  'unreachable',
  'rate-limited',
  'quota',
  'bad-key',
  'unavailable',
  'server-error',
  'broken',
  'silent',
  'malformed',
  'failed',
  'cut',
  'stalled',
  'context-length',
  'moderated',
  'refused',
];

const first = (kind: FaultKind, more: Partial<FailedAttempt> = {}): FailedAttempt => ({
  kind,
  retryAfterMs: null,
  retriesLeft: 2,
  attempts: 1,
  isRouted: true,
  isSafe: false,
  canResend: true,
  callerRetries: false,
  hasOtherKey: false,
  hasOther: false,
  hasOtherModel: false,
  ...more,
});

const step = (failed: FailedAttempt) => nextStep(failed, () => 0).kind;

const keepsTheRules = (failed: FailedAttempt, draw: number): boolean => {
  const next = nextStep(failed, () => draw);
  // What must not be sent again, whatever else there is to know.
  const mustStop = failed.kind === 'moderated' || failed.retriesLeft <= 0 || !failed.canResend;
  if (next.kind === 'stop') return /^[A-Z].*\.$/.test(next.why);
  if (mustStop) return false;
  if (next.kind !== 'same-target') return true;
  return next.waitMs >= 0 && next.waitMs <= LONGEST_WAIT_MS && failed.kind !== 'silent';
};

describe('after an attempt has failed', () => {
  it.each<[FaultKind, string]>([
    ['unreachable', 'other-target'],
    ['rate-limited', 'other-target'],
    ['quota', 'other-target'],
    ['bad-key', 'other-target'],
    ['unavailable', 'other-target'],
    ['server-error', 'other-target'],
    ['broken', 'other-target'],
    ['silent', 'other-target'],
    ['malformed', 'other-target'],
    ['failed', 'other-target'],
    ['cut', 'other-target'],
    ['stalled', 'other-target'],
    ['context-length', 'stop'],
    ['moderated', 'stop'],
    ['refused', 'stop'],
  ])('%s of a routed call with another target of the same model: %s', (kind, expected) => {
    expect(step(first(kind, { hasOther: true }))).toBe(expected);
  });

  it('a context that is too long goes to another model only', () => {
    const failed = first('context-length', { hasOther: true, hasOtherModel: true });

    expect(nextStep(failed, () => 0)).toEqual({ kind: 'other-target', needsOtherModel: true });
  });

  it.each<[FaultKind, string]>([
    ['unreachable', 'same-target'],
    ['rate-limited', 'same-target'],
    ['unavailable', 'same-target'],
    ['server-error', 'same-target'],
    ['broken', 'same-target'],
    ['cut', 'same-target'],
    ['silent', 'stop'],
    ['quota', 'stop'],
    ['bad-key', 'stop'],
  ])('%s of a routed call with nowhere else to go: %s', (kind, expected) => {
    expect(step(first(kind))).toBe(expected);
  });

  it.each<FaultKind>(['rate-limited', 'quota', 'bad-key'])(
    '%s goes to another key of the same target before another target',
    (kind) => {
      expect(step(first(kind, { hasOtherKey: true, hasOther: true }))).toBe('other-key');
    },
  );

  it.each(FAULTS.filter(mayHaveRun))('%s is never asked twice where no route allows it', (kind) => {
    expect(step(first(kind, { isRouted: false, hasOther: true, hasOtherKey: true }))).toBe('stop');
  });

  it.each<FaultKind>(['unreachable', 'rate-limited', 'unavailable'])(
    '%s without a route is asked again, unless the caller does that itself',
    (kind) => {
      expect(step(first(kind, { isRouted: false }))).toBe('same-target');
      expect(step(first(kind, { isRouted: false, callerRetries: true }))).toBe('stop');
    },
  );

  it('a read may be asked again whatever happened', () => {
    expect(step(first('broken', { isRouted: false, isSafe: true }))).toBe('same-target');
  });

  it('waits as long as the upstream asks, and not longer than a caller should be held', () => {
    expect(nextStep(first('rate-limited', { retryAfterMs: 1_200 }), () => 0)).toEqual({
      kind: 'same-target',
      waitMs: 1_200,
    });
    expect(step(first('rate-limited', { retryAfterMs: LONGEST_WAIT_MS + 1 }))).toBe('stop');
  });

  it.each([0, 20])('waits its own time where an upstream asks for less: %i ms', (retryAfterMs) => {
    expect(nextStep(first('unavailable', { retryAfterMs }), () => 0)).toEqual({
      kind: 'same-target',
      waitMs: 125,
    });
  });

  it('goes to another target at once, however long the first one asks to wait', () => {
    const failed = first('rate-limited', { retryAfterMs: 3_600_000, hasOther: true });

    expect(step(failed)).toBe('other-target');
  });

  it('a fallback that refuses the request is passed over, the first target is believed', () => {
    expect(step(first('refused', { hasOther: true }))).toBe('stop');
    expect(step(first('refused', { attempts: 2, hasOther: true }))).toBe('other-target');
    expect(step(first('refused', { attempts: 2 }))).toBe('stop');
  });

  it('nothing follows a moderation, an empty budget, or a body that cannot be sent again', () => {
    const anything = fc.record({
      kind: fc.constantFrom(...FAULTS),
      retryAfterMs: fc.option(fc.nat(100_000), { nil: null }),
      retriesLeft: fc.integer({ min: -1, max: 3 }),
      attempts: fc.integer({ min: 1, max: 4 }),
      isRouted: fc.boolean(),
      isSafe: fc.boolean(),
      canResend: fc.boolean(),
      callerRetries: fc.boolean(),
      hasOtherKey: fc.boolean(),
      hasOther: fc.boolean(),
      hasOtherModel: fc.boolean(),
    });
    const draws = fc.double({ min: 0, max: 0.999, noNaN: true });
    expect(() => fc.assert(fc.property(anything, draws, keepsTheRules))).not.toThrow();
  });
});
