import { describe, expect, it } from 'vitest';
import { priceNote, priceOf, pricesOf } from './prices.js';
import { shippedPrices } from './shipped-prices.js';
import table from './prices.json' with { type: 'json' };

describe('the price table', () => {
  it('is dated, and says of every row how far it can be trusted and where it is from', () => {
    expect(shippedPrices.version).toMatch(/^\d{4}-\d{2}-\d{2}/);
    for (const row of table.prices) {
      expect(row.usd, JSON.stringify(row)).toBeGreaterThan(0);
      expect(Object.keys(table.marks)).toContain(row.mark);
      expect(row.source.length, JSON.stringify(row)).toBeGreaterThan(2);
    }
  });

  it('has no two rows for the same thing', () => {
    const keys = table.prices.map(({ model, unit, when }) => JSON.stringify([model, unit, when]));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe('the limits of models', () => {
  it('are whole, from somewhere, and of models that have a price', () => {
    const models = new Set(table.prices.map(({ model }) => model));
    for (const row of table.limits) {
      expect(models, row.model).toContain(row.model);
      expect(Number.isSafeInteger(row.maxOutputTokens) && row.maxOutputTokens > 0).toBe(true);
      expect(row.source.length, JSON.stringify(row)).toBeGreaterThan(2);
    }
  });
});

describe('a price', () => {
  it('is by the piece, in nano-USD', () => {
    expect(priceOf('gpt-image-2', 'image-out-token')).toBe(30_000);
    expect(priceOf('veo-3.1-generate-001', 'second', { sound: true, resolution: '720p' })).toBe(
      4e8,
    );
  });

  it('is unknown where no row holds, never 0', () => {
    expect(priceOf('veo-3.1-generate-001', 'second', { sound: true, resolution: '8k' })).toBeNull();
    expect(priceOf('no-such-model', 'image')).toBeNull();
    expect(priceNote({ pricedAs: 'no-such-model' })).toBeNull();
    expect(pricesOf({ pricedAs: 'no-such-model' })).toEqual([]);
  });

  it('reads as a sentence', () => {
    expect(priceNote({ pricedAs: 'happyhorse-1.0' })).toBe(
      '0.14 USD per second (720P); 0.24 USD per second (1080P)',
    );
  });
});
