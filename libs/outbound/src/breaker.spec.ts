import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterFault, afterOk, type Breaker, probed, stateOf } from './breaker.js';

const NOW = 1_000_000;
const FAULTS_TO_OPEN = 5;

function faults(count: number, from: Breaker | null = null, nowMs = NOW): Breaker | null {
  let breaker = from;
  for (let fault = 0; fault < count; fault += 1) breaker = afterFault(breaker, nowMs);
  return breaker;
}

/** When it may be tried again. */
const untilOf = (breaker: Breaker | null): number => breaker?.openUntil ?? Number.NaN;

/** Opened so many times in a row, each probe a failure. */
function openedTimes(times: number): { readonly breaker: Breaker | null; readonly at: number } {
  let breaker = faults(FAULTS_TO_OPEN);
  let at = NOW;
  for (let opened = 1; opened < times; opened += 1) {
    at = untilOf(breaker);
    if (breaker) breaker = afterFault(probed(breaker, at), at);
  }
  return { breaker, at };
}

describe('a breaker', () => {
  it('is closed before anything happened', () => {
    expect(stateOf(null, NOW)).toBe('closed');
    expect(stateOf(undefined, NOW)).toBe('closed');
  });

  it('opens at the fifth fault in a row, not before', () => {
    expect(stateOf(faults(FAULTS_TO_OPEN - 1), NOW)).toBe('closed');
    expect(stateOf(faults(FAULTS_TO_OPEN), NOW)).toBe('open');
  });

  it('counts anew after an answer that was no fault', () => {
    const forgiven = afterOk(faults(FAULTS_TO_OPEN - 1), NOW);

    expect(stateOf(faults(FAULTS_TO_OPEN - 1, forgiven), NOW)).toBe('closed');
  });

  it.each([
    [1, 10_000],
    [2, 20_000],
    [3, 40_000],
    [5, 160_000],
    [6, 300_000],
    [40, 300_000],
  ])('opened %i times in a row stays open for %i ms', (times, openMs) => {
    const { breaker, at } = openedTimes(times);

    expect(untilOf(breaker) - at).toBe(openMs);
    expect(stateOf(breaker, at + openMs - 1)).toBe('open');
    expect(stateOf(breaker, at + openMs)).toBe('half-open');
  });

  it('lets nobody else through while one call tries, and another when that one is not heard of', () => {
    const { breaker } = openedTimes(1);
    if (!breaker) throw new Error('it did not open');
    const trying = probed(breaker, untilOf(breaker));

    expect(stateOf(trying, untilOf(breaker) + 1)).toBe('open');
    expect(stateOf(trying, untilOf(trying))).toBe('half-open');
  });

  it('is closed by the answer to its probe', () => {
    const { breaker } = openedTimes(3);
    if (!breaker) throw new Error('it did not open');

    const closed = afterOk(probed(breaker, untilOf(breaker)), untilOf(breaker) + 5);

    expect(closed).toEqual({ failures: 0, openUntil: null, opened: 0 });
  });

  it('is not moved by calls that were under way when it opened', () => {
    const open = faults(FAULTS_TO_OPEN);

    expect(afterFault(open, NOW + 1)).toBe(open);
    expect(afterOk(open, NOW + 1)).toBe(open);
  });

  it('writes nothing when there is nothing to forgive', () => {
    const closed = afterOk(faults(1), NOW);

    expect(afterOk(null, NOW)).toBeNull();
    expect(afterOk(closed, NOW)).toBe(closed);
  });

  it('is never open for more than five minutes, whatever happens', () => {
    const event = fc.record({ ok: fc.boolean(), afterMs: fc.integer({ min: 0, max: 400_000 }) });
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let breaker: Breaker | null = null;
        let nowMs = NOW;
        for (const { ok, afterMs } of events) {
          nowMs += afterMs;
          if (breaker && stateOf(breaker, nowMs) === 'half-open') breaker = probed(breaker, nowMs);
          breaker = ok ? afterOk(breaker, nowMs) : afterFault(breaker, nowMs);
          expect((breaker?.openUntil ?? nowMs) - nowMs).toBeLessThanOrEqual(300_000);
        }
      }),
    );
  });
});
