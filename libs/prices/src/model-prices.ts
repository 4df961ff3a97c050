import type { ModelLimits, Price, PriceFacts, PriceTable, PriceUnit } from './price-table.js';

/** What a table says of one model. */
export interface ModelPrices {
  /** The name in the table that it was found by. */
  readonly name: string;
  readonly rows: readonly Price[];
  readonly limits: ModelLimits | null;
}

/**
 * The rows of a model by the name that a request gives it. One that is dated (`gpt-4o-2024-08-06`) and
 * not listed has those of its base name. A fine-tuned one (`ft:…`) has its own price, so it is unknown
 * unless it is listed whole. Null: the table says nothing of it.
 */
export function modelPrices(table: PriceTable, model: string): ModelPrices | null {
  const models = indexOf(table);
  const listed = models.get(model);
  if (listed || model.startsWith('ft:')) return listed ?? null;
  const base = model.replace(DATE, '');
  return base === model ? null : (models.get(base) ?? null);
}

const DATE = /-\d{4}-\d{2}-\d{2}$/;

/**
 * Pico-USD of one unit, whole; null where no row holds: unknown, never 0. Whole numbers, because 1000 of
 * them make a nano-USD and the cheapest token of any vendor costs thousands.
 */
export function rateOf(
  prices: ModelPrices,
  unit: PriceUnit,
  facts: PriceFacts = {},
): bigint | null {
  const tier = facts['tier'] ?? STANDARD_TIER;
  const row = prices.rows.find(
    ({ unit: of, when }) =>
      of === unit &&
      // A row that names no tier is that of the standard one, not of any.
      (when?.['tier'] ?? STANDARD_TIER) === tier &&
      Object.entries(when ?? {}).every(([name, value]) => name === 'tier' || facts[name] === value),
  );
  return row ? BigInt(Math.round((row.usd * 1e12) / (row.per ?? 1))) : null;
}

/** The tier of rows that name none, and of calls that ask for none. */
const STANDARD_TIER = 'default';

const indexes = new WeakMap<PriceTable, ReadonlyMap<string, ModelPrices>>();

function indexOf(table: PriceTable): ReadonlyMap<string, ModelPrices> {
  const known = indexes.get(table);
  if (known) return known;
  const limits = new Map(table.limits.map((one) => [one.model, one]));
  const rows = Map.groupBy(table.prices, ({ model }) => model);
  const index = new Map(
    [...rows].map(([name, of]) => [name, { name, rows: of, limits: limits.get(name) ?? null }]),
  );
  indexes.set(table, index);
  return index;
}
