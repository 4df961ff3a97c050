import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usageColumns, usageRowView, usdNumber } from './usage-view.js';

const USAGE = {
  tasks: 1,
  requests: 2,
  tokensIn: 3,
  tokensOut: 4,
  tokensCached: 5,
  tokensReasoning: 6,
  tokensAudio: 7,
  images: 8,
  seconds: 9.5,
  costNanoUsd: 40_000_001n,
  estimated: 1,
  unpriced: 0,
  lostNanoUsd: 0n,
};

describe('money as a number', () => {
  it.each([
    [0n, 0],
    [1n, 0.000000001],
    [40_000_000n, 0.04],
    [999_999_999n, 0.999999999],
    [1_000_000_000n, 1],
    [123_456_123_456_789n, 123456.123456789],
  ])('%s nano-USD are %s USD', (nano, usd) => {
    expect(usdNumber(nano)).toBe(usd);
  });

  it('has nine decimals at most and is exact below a million', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n - 1n), (nano) => {
        expect(BigInt(usdNumber(nano).toFixed(9).replace('.', ''))).toBe(nano);
      }),
    );
  });
});

describe('a row of usage', () => {
  it('has the columns that it says, money exact beside the number', () => {
    const row = usageRowView({ ...USAGE, day: '2026-11-23', keyId: null, keyPrefix: null });

    expect(row).toEqual({
      day: '2026-11-23',
      keyId: null,
      keyPrefix: null,
      tasks: 1,
      requests: 2,
      tokensIn: 3,
      tokensOut: 4,
      tokensCached: 5,
      tokensReasoning: 6,
      tokensAudio: 7,
      images: 8,
      seconds: 9.5,
      costUsd: 0.040000001,
      costNanoUsd: '40000001',
      estimated: 1,
      unpriced: 0,
      lostUsd: 0,
      lostNanoUsd: '0',
    });
    expect(Object.keys(row)).toEqual(usageColumns(['day', 'key']));
  });
});
