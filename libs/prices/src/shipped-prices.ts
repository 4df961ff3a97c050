import type { Price, PriceTable, PriceUnit } from './price-table.js';
import { PRICE_UNITS } from './price-units.js';
import table from './prices.json' with { type: 'json' };

const isUnit = (unit: string): unit is PriceUnit => Object.hasOwn(PRICE_UNITS, unit);

/** The table that comes with the product; in force until an operator puts another one. */
export const shippedPrices: PriceTable = {
  version: table.version,
  effectiveFrom: table.effectiveFrom,
  currency: 'USD',
  marks: table.marks,
  prices: table.prices.map(({ unit, ...row }): Price => {
    if (!isUnit(unit)) throw new Error(`prices.json: no such unit "${unit}"`);
    return { ...row, unit };
  }),
  limits: table.limits,
};
