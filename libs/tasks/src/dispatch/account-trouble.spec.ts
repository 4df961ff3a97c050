import { describe, expect, it } from 'vitest';
import {
  type AccountTrouble,
  afterTrouble,
  isSetAside,
  mayBeOver,
  probedTrouble,
} from './account-trouble.js';

const NOW = 1_000_000_000;
const MINUTE = 60_000;

/** The waits after the first refusal and so many probes that were refused. */
function waits(probes: number): readonly number[] {
  let trouble = afterTrouble(null, 'HTTP 401', NOW);
  const seen = [trouble.probeAt - NOW];
  for (let probe = 0; probe < probes; probe += 1) {
    const now = trouble.probeAt;
    trouble = afterTrouble(probedTrouble(trouble, now), 'HTTP 401', now + 1_000);
    seen.push(trouble.probeAt - now - 1_000);
  }
  return seen;
}

describe('an account in trouble', () => {
  it('is set aside for a minute, then twice as long each time, for fifteen minutes at most', () => {
    expect(waits(6).map((ms) => ms / MINUTE)).toEqual([1, 2, 4, 8, 15, 15, 15]);
  });

  it('remembers since when, and says why by the last refusal', () => {
    const first = afterTrouble(null, 'HTTP 401', NOW);
    const later = afterTrouble(first, 'HTTP 402', first.probeAt);

    expect(later).toMatchObject({ since: NOW, why: 'HTTP 402' });
  });

  it('is not worse for refusals of what was under way', () => {
    const first = afterTrouble(null, 'HTTP 401', NOW);

    expect(afterTrouble(first, 'HTTP 402', NOW + 1)).toBe(first);
  });

  it.each<[string, AccountTrouble | undefined, number, boolean]>([
    ['that is well', undefined, NOW, false],
    ['before its time', afterTrouble(null, '', NOW), NOW + MINUTE - 1, true],
    ['at its time', afterTrouble(null, '', NOW), NOW + MINUTE, false],
    ['with a probe under way', probedTrouble(afterTrouble(null, '', NOW), NOW), NOW + 1, true],
    [
      'whose probe never came back',
      probedTrouble(afterTrouble(null, '', NOW), NOW),
      NOW + MINUTE,
      false,
    ],
  ])('%s may be sent nothing: %#', (_, trouble, nowMs, expected) => {
    expect(isSetAside(trouble, nowMs)).toBe(expected);
  });

  it.each<[string, AccountTrouble, number, boolean]>([
    ['of one that was under way', afterTrouble(null, '', NOW), NOW + 1, false],
    ['of a probe', probedTrouble(afterTrouble(null, '', NOW), NOW), NOW + 1, true],
    ['of one after its time', afterTrouble(null, '', NOW), NOW + MINUTE, true],
  ])('may be over by the success %s', (_, trouble, nowMs, expected) => {
    expect(mayBeOver(trouble, nowMs)).toBe(expected);
  });
});
