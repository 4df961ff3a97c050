import type { GatewayError } from '@app/errors';
import { describe, expect, it } from 'vitest';
import { readPriceTable } from './read-price-table.js';
import { shippedPrices } from './shipped-prices.js';

const DEFAULTS = { version: 'made', effectiveFrom: '2026-11-23' };
const ROW = { model: 'own', unit: 'text-in-token', usd: 0, mark: 'O', source: 'our own machines' };

const read = (body: unknown) => readPriceTable(body, DEFAULTS);

function refused(body: unknown): { param: string | null; message: string } {
  try {
    read(body);
  } catch (error) {
    const { param, message } = error as GatewayError;
    return { param, message };
  }
  throw new Error('it was taken');
}

describe('a price table that an operator sends', () => {
  it('is taken whole, as the shipped one is', () => {
    expect(read(structuredClone(shippedPrices))).toEqual(shippedPrices);
  });

  it('needs rows alone; the rest is made', () => {
    expect(read({ prices: [ROW] })).toEqual({
      version: 'made',
      effectiveFrom: '2026-11-23',
      currency: 'USD',
      marks: { O: 'stated by the operator' },
      prices: [ROW],
      limits: [],
    });
  });

  it.each([
    ['nothing', undefined, null],
    ['a list', [], null],
    ['no rows', {}, 'prices'],
    ['an empty list', { prices: [] }, 'prices'],
    ['an unknown field', { prices: [ROW], price: 1 }, 'price'],
    ['another currency', { prices: [ROW], currency: 'CNY' }, 'currency'],
    ['a row that is none', { prices: [7] }, 'prices[0]'],
    ['an unknown field of a row', { prices: [{ ...ROW, cost: 1 }] }, 'prices[0].cost'],
    ['an unknown unit', { prices: [{ ...ROW, unit: 'token' }] }, 'prices[0].unit'],
    ['a unit of Object', { prices: [{ ...ROW, unit: 'constructor' }] }, 'prices[0].unit'],
    ['less than nothing', { prices: [{ ...ROW, usd: -1 }] }, 'prices[0].usd'],
    ['a price in words', { prices: [{ ...ROW, usd: '1' }] }, 'prices[0].usd'],
    ['no price', { prices: [{ ...ROW, usd: null }] }, 'prices[0].usd'],
    ['for no units', { prices: [{ ...ROW, per: 0 }] }, 'prices[0].per'],
    ['an unknown mark', { prices: [{ ...ROW, mark: 'Q' }] }, 'prices[0].mark'],
    ['no source', { prices: [{ ...ROW, source: '' }] }, 'prices[0].source'],
    ['a fact that is a number', { prices: [{ ...ROW, when: { n: 1 } }] }, 'prices[0].when.n'],
    ['the same row twice', { prices: [ROW, { ...ROW, usd: 1 }] }, 'prices[1]'],
    ['a bad version', { prices: [ROW], version: 'a b' }, 'version'],
    ['a day of no calendar', { prices: [ROW], effectiveFrom: '2026-13-40' }, 'effectiveFrom'],
    [
      'half a token',
      { prices: [ROW], limits: [{ ...limits(), maxOutputTokens: 0.5 }] },
      'limits[0].maxOutputTokens',
    ],
    ['the same model twice', { prices: [ROW], limits: [limits(), limits()] }, 'limits[1]'],
  ])('is refused with %s', (_, body, param) => {
    expect(refused(body).param).toBe(param);
  });

  it('is told what a field takes', () => {
    expect(refused({ prices: [{ ...ROW, usd: -1 }] }).message).toBe(
      'prices[0].usd takes a number from 0 to 100000.',
    );
  });
});

function limits() {
  return { model: 'own', maxOutputTokens: 100, mark: 'O', source: 'ours' };
}
