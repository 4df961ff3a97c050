import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type NextAttemptInput, nextAttemptAt, parseSchedule } from './retry-schedule.js';

const NOW = new Date('2026-11-22T12:00:00.000Z');
const waitSeconds = (fields: Partial<NextAttemptInput>): number | null => {
  const due = nextAttemptAt({
    schedule: [10, 300, 7200],
    failedAttempts: 1,
    now: NOW,
    random: 0.5,
    timedOutOr429: false,
    slowDownSeconds: 60,
    ...fields,
  });
  return due && (due.getTime() - NOW.getTime()) / 1000;
};

describe('nextAttemptAt', () => {
  it.each([
    ['the first wait, in the middle', {}, 10],
    ['20 % early at most', { random: 0 }, 8],
    ['20 % late at most', { random: 1 }, 12],
    ['the second wait', { failedAttempts: 2 }, 300],
    ['the last wait', { failedAttempts: 3 }, 7200],
    ['nothing more after the last', { failedAttempts: 4 }, null],
    ['nothing at all on an empty schedule', { schedule: [] }, null],
    ['a minute at least when overloaded', { timedOutOr429: true, random: 0 }, 60],
    ['spread over 12 s when overloaded', { timedOutOr429: true, random: 1 }, 72],
    [
      'what it is told to when overloaded',
      { timedOutOr429: true, slowDownSeconds: 15, random: 0 },
      15,
    ],
    ['the long wait when overloaded', { timedOutOr429: true, failedAttempts: 2 }, 300],
    ['what was asked for', { retryAfterSeconds: 600, random: 0 }, 600],
    ['no less than scheduled', { retryAfterSeconds: 1, random: 0 }, 10],
    ['no more than an hour on a short wait', { retryAfterSeconds: 1e9 }, 3600],
    ['no more than twice a long wait', { retryAfterSeconds: 1e9, failedAttempts: 3 }, 14_400],
  ] as const)('waits %s', (_what, fields, seconds) => {
    expect(waitSeconds(fields)).toBe(seconds);
  });

  it('stays within its bounds for every schedule and every receiver', () => {
    const seconds = fc.integer({ min: 0, max: 86_400 });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(seconds, random, fc.boolean(), fc.option(seconds), (base, r, slow, asked) => {
        const wait = waitSeconds({
          schedule: [base],
          random: r,
          timedOutOr429: slow,
          retryAfterSeconds: asked ?? undefined,
        });

        const floor = slow ? Math.max(base * 0.8, 60) : base * 0.8;
        const widest = Math.max(2 * base, 3600);
        expect(wait).toBeGreaterThanOrEqual(Math.max(floor, Math.min(asked ?? 0, widest)) - 0.001);
        const ceiling = asked === null ? Math.max(base * 1.2, 72) : widest;
        expect(wait).toBeLessThanOrEqual(ceiling + 0.001);
      }),
    );
  });
});

describe('parseSchedule', () => {
  it('reads seconds separated by commas', () => {
    expect(parseSchedule('10, 60,0.5')).toEqual([10, 60, 0.5]);
  });

  it.each([
    ['', 'entry 1 is ""'],
    ['10,,60', 'entry 2 is ""'],
    ['10,1m', 'entry 2 is "1m"'],
    ['-1', 'entry 1 is "-1"'],
    ['1e3', 'entry 1 is "1e3"'],
    ['9999999', 'entry 1 is "9999999"'],
    ['1,'.repeat(100), '101 are given'],
  ])('refuses "%.20s" and says what is taken', (text, message) => {
    expect(() => parseSchedule(text)).toThrow(message);
    expect(() => parseSchedule(text)).toThrow('such as "10,60,300"');
  });
});
