import { describe, expect, it } from 'vitest';
import { judgeAnswer } from './judge-answer.js';

describe('judgeAnswer', () => {
  it.each([
    [200, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [301, 'retry'],
    [308, 'retry'],
    [400, 'retry'],
    [401, 'retry'],
    [404, 'retry'],
    [410, 'dead'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
    [999, 'retry'],
  ])('takes status %i as %s', (status, outcome) => {
    expect(judgeAnswer({ kind: 'answered', status }).outcome).toBe(outcome);
  });

  it.each([
    ['refused-address', 'dead'],
    ['unresolved', 'retry'],
    ['connect', 'retry'],
    ['reset', 'retry'],
    ['timeout', 'retry'],
    ['too-large', 'retry'],
    ['aborted', 'interrupted'],
  ] as const)('takes the failure %s as %s', (failure, outcome) => {
    expect(judgeAnswer({ kind: 'failed', failure }).outcome).toBe(outcome);
  });

  it('slows down after a time-out and a 429 only', () => {
    const slow = { outcome: 'retry', timedOutOr429: true };

    expect(judgeAnswer({ kind: 'failed', failure: 'timeout' })).toMatchObject(slow);
    expect(judgeAnswer({ kind: 'answered', status: 429 })).toMatchObject(slow);
    expect(judgeAnswer({ kind: 'answered', status: 503 })).toMatchObject({ timedOutOr429: false });
  });

  it('passes on how long the receiver asks to wait', () => {
    const verdict = judgeAnswer({ kind: 'answered', status: 503, retryAfterSeconds: 120 });

    expect(verdict).toMatchObject({ retryAfterSeconds: 120 });
  });
});
