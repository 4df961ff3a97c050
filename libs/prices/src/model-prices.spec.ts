import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedAmount, chargedAmount } from './amount.js';
import { modelPrices, rateOf } from './model-prices.js';
import type { PriceTable } from './price-table.js';
import { shippedPrices } from './shipped-prices.js';

const nameOf = (model: string): string | undefined => modelPrices(shippedPrices, model)?.name;

function rate(model: string, unit: Parameters<typeof rateOf>[1], facts = {}): bigint | null {
  const prices = modelPrices(shippedPrices, model);
  return prices && rateOf(prices, unit, facts);
}

describe('the prices of a model', () => {
  it.each([
    ['gpt-4o', 'gpt-4o'],
    ['gpt-4o-2024-08-06', 'gpt-4o'],
    ['gpt-4o-2024-05-13', 'gpt-4o-2024-05-13'],
    ['gpt-4o-mini-2024-07-18', 'gpt-4o-mini'],
    ['ft:gpt-4o-2024-08-06', undefined],
    ['ft:gpt-4o-mini-2024-07-18:acme::abc', undefined],
    ['gpt-4o-preview', undefined],
    ['GPT-4o', undefined],
    ['__proto__', undefined],
    ['', undefined],
  ])('of %s are found under %s', (model, name) => {
    expect(nameOf(model)).toBe(name);
  });

  it('are whole pico-USD, exactly as the table has them', () => {
    expect(rate('gpt-5-nano', 'text-in-cached-token')).toBe(5_000n);
    expect(rate('gpt-4.1-nano', 'text-in-cached-token')).toBe(25_000n);
    expect(rate('whisper-1', 'audio-in-second')).toBe(100_000_000n);
    expect(rate('tts-1', 'character')).toBe(15_000_000n);
  });

  it('depend on how long the input was, where the vendor charges by that', () => {
    expect(rate('gpt-5.5', 'text-in-token', { longContext: false })).toBe(5_000_000n);
    expect(rate('gpt-5.5', 'text-in-token', { longContext: true })).toBe(10_000_000n);
    expect(rate('gpt-5.5', 'text-out-token', { longContext: true })).toBe(45_000_000n);
    expect(rate('gpt-5.5', 'text-in-token')).toBeNull();
  });

  it('are unknown for a tier that no row is for, and known where one is', () => {
    const row = {
      model: 'm',
      unit: 'text-in-token',
      usd: 1,
      per: 1_000_000,
      mark: 'O',
      source: 'x',
    } as const;
    const priority = { ...row, usd: 2, when: { tier: 'priority' } };
    const table: PriceTable = { ...shippedPrices, prices: [row, priority], limits: [] };
    const prices = modelPrices(table, 'm');
    if (!prices) throw new Error('m is listed');

    expect(rate('gpt-5', 'text-in-token', { tier: 'priority' })).toBeNull();
    expect(rateOf(prices, 'text-in-token', { tier: 'priority' })).toBe(2_000_000n);
    expect(rateOf(prices, 'text-in-token', { tier: 'flex' })).toBeNull();
    expect(rateOf(prices, 'text-in-token', {})).toBe(1_000_000n);
  });
});

describe('an amount', () => {
  it('is rounded down by the line when charged, up when it bounds', () => {
    const lines = [
      { units: 3, pico: 500n },
      { units: 1, pico: 999n },
    ];

    expect(chargedAmount(lines)).toBe(1);
    expect(boundedAmount(lines)).toBe(3);
  });

  it('that is charged is at most its bound, and both are whole', () => {
    const line = fc.record({ units: fc.nat(10_000_000), pico: fc.bigInt(0n, 1_000_000_000n) });

    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const [charged, bounded] = [chargedAmount(lines), boundedAmount(lines)];

        expect(charged).toBeLessThanOrEqual(bounded);
        expect(Number.isSafeInteger(charged) && Number.isSafeInteger(bounded)).toBe(true);
      }),
    );
  });
});
