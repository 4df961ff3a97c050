import type { PriceTable } from './price-table.js';
import { shippedPrices } from './shipped-prices.js';

let current: PriceTable = shippedPrices;

/** The table that holds in this process now. */
export const currentPrices = (): PriceTable => current;

/**
 * Puts another table in force in this process, whole. Adapters ask for prices in the middle of pure
 * translations, so the table is one value of the process instead of an argument of them all; what it is
 * read from is the database (`PriceStore`).
 */
export function usePrices(table: PriceTable): void {
  current = table;
}
