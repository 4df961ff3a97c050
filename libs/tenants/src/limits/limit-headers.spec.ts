import { describe, expect, it } from 'vitest';
import { inWords, limitHeaders } from './limit-headers.js';
import { refuseLimit, usd } from './refuse-limit.js';

describe('headers of limits', () => {
  it('tell of requests and tokens as OpenAI does, and of nothing else', () => {
    const states = [
      { name: 'requests', limit: 100, remaining: 99, resetMs: 60_000 },
      { name: 'tokens', limit: 1000, remaining: 0, resetMs: 1_001 },
      { name: 'daily-budget', limit: 5, remaining: 5, resetMs: 5 },
    ] as const;

    expect(limitHeaders(states, 'x-ratelimit-')).toEqual({
      'x-ratelimit-limit-requests': '100',
      'x-ratelimit-remaining-requests': '99',
      'x-ratelimit-reset-requests': '1m0s',
      'x-ratelimit-limit-tokens': '1000',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '2s',
    });
    expect(limitHeaders(states, 'x-taskgate-ratelimit-')).toMatchObject({
      'x-taskgate-ratelimit-limit-requests': '100',
    });
  });

  it('tell of reads as requests', () => {
    const states = [{ name: 'reads', limit: 9, remaining: 8, resetMs: 1000 }] as const;

    expect(limitHeaders(states, 'x-ratelimit-')).toMatchObject({
      'x-ratelimit-limit-requests': '9',
    });
  });

  it.each([
    [0, '0ms'],
    [1, '1ms'],
    [999, '999ms'],
    [1_000, '1s'],
    [1_001, '2s'],
    [59_001, '1m0s'],
    [360_000, '6m0s'],
  ])('write %s ms as %s', (ms, words) => {
    expect(inWords(ms)).toBe(words);
  });
});

describe('a refusal', () => {
  const refused = { limit: 10, remaining: 0, resetMs: 30_000, scope: 'tn_1' };

  it('of a limit says how long to wait, in seconds and in milliseconds', () => {
    const error = refuseLimit(
      { ok: false, refused: { ...refused, name: 'requests' }, retryAfterMs: 1_200.5, states: [] },
      { keyId: 'key_1' },
    );

    expect(error).toMatchObject({
      code: 'RATE_LIMIT_EXCEEDED',
      retryAfterSeconds: 2,
      headers: { 'retry-after-ms': '1201' },
    });
    expect(error.message).toBe(
      'The limit of 10 requests in any 60 s of your account: 0 left. Try again in 2 s.',
    );
  });

  it('of what is larger than the limit says that waiting is in vain', () => {
    const error = refuseLimit(
      { ok: false, refused: { ...refused, name: 'tokens' }, retryAfterMs: null, states: [] },
      { keyId: 'key_1' },
    );

    expect(error.retryAfterSeconds).toBeUndefined();
    expect(error.headers).toMatchObject({ 'x-should-retry': 'false' });
    expect(error.message).toContain('larger');
  });

  it('of a budget says which, what is left and when it is whole again', () => {
    const error = refuseLimit(
      {
        ok: false,
        refused: {
          name: 'daily-budget',
          limit: 5e9,
          remaining: 40_000_000,
          resetMs: 1,
          scope: 'key_1',
        },
        retryAfterMs: 1,
        states: [],
      },
      { keyId: 'key_1' },
    );

    expect(error.code).toBe('BUDGET_EXCEEDED');
    expect(error.message).toMatch(
      /^The budget of 5 USD a day of this key has 0\.04 USD left, .* It resets at \d{4}-\d\d-\d\dT\d\d:\d\dZ\.$/,
    );
  });

  it.each([
    [0, '0'],
    [1, '0.000000001'],
    [1_500_000_000, '1.5'],
    [9_007_199_254_740_991, '9007199.254740991'],
  ])('writes %s nano-USD as %s', (nano, text) => {
    expect(usd(nano)).toBe(text);
  });
});
