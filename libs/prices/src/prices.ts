import { currentPrices } from './price-book.js';
import type { Price, PriceFacts, PriceUnit } from './price-table.js';
import { PRICE_UNITS } from './price-units.js';

/** What the prices of a model are found by. */
export interface Priced {
  /** The name in the table. */
  readonly pricedAs: string;
}

/** Nano-USD of one unit, perhaps with a fraction; null where the table has no such row: unknown, never 0. */
export function priceOf(pricedAs: string, unit: PriceUnit, facts: PriceFacts = {}): number | null {
  const row = currentPrices().prices.find(
    (price) => price.model === pricedAs && price.unit === unit && holds(price.when, facts),
  );
  return row ? (row.usd * 1e9) / (row.per ?? 1) : null;
}

/** Every row of a model; none where its price is unknown. */
export function pricesOf(model: Priced): readonly Price[] {
  return currentPrices().prices.filter((price) => price.model === model.pricedAs);
}

/** For people, in one line; null where the price is unknown. */
export function priceNote(model: Priced): string | null {
  const rows = pricesOf(model);
  return rows.length === 0 ? null : rows.map(describe).join('; ');
}

function holds(when: PriceFacts | undefined, facts: PriceFacts): boolean {
  return Object.entries(when ?? {}).every(([name, value]) => facts[name] === value);
}

function describe({ usd, per, unit, when }: Price): string {
  const [one, many] = PRICE_UNITS[unit];
  const amount = per === undefined ? `per ${one}` : `per ${per.toLocaleString('en-US')} ${many}`;
  const facts = Object.entries(when ?? {}).map(([name, value]) => {
    if (typeof value === 'string') return value;
    return `${value ? 'with' : 'without'} ${FACTS[name] ?? name}`;
  });
  return `${usd} USD ${amount}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
}

const FACTS: Readonly<Record<string, string>> = {
  edit: 'pictures given',
  videoIn: 'a video given',
  large: 'more than 2.36 megapixels',
  longContext: 'more than 272,000 input tokens',
};
