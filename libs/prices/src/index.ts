export { nanoUsd } from './money.js';
export { currentPrices, usePrices } from './price-book.js';
export { PriceStore } from './price.store.js';
export type { Price, PriceFacts, PriceTable, PriceUnit } from './price-table.js';
export { PRICE_UNITS } from './price-units.js';
export { priceNote, priceOf, pricesOf, type Priced } from './prices.js';
export { shippedPrices } from './shipped-prices.js';
