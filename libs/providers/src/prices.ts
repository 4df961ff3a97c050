import prices from './prices.json' with { type: 'json' };
import type { Model } from './model.js';

/** What one price is for. Tokens are priced by the million in the table, by the piece here. */
export type PriceUnit =
  | 'image'
  | 'further-megapixel'
  | 'input-image'
  | 'second'
  | 'video-token'
  | 'text-in-token'
  | 'text-in-cached-token'
  | 'text-out-token'
  | 'image-in-token'
  | 'image-in-cached-token'
  | 'image-out-token';

/** What a price depends on: `{resolution: '720p', sound: true}`. */
export type PriceFacts = Readonly<Record<string, string | boolean | undefined>>;

/** One row of the shipped table. USD, at the vendor's international region. */
export interface Price {
  /** The name that `Model.pricedAs` gives. */
  readonly model: string;
  readonly unit: PriceUnit;
  readonly usd: number;
  /** For how many units; absent: one. */
  readonly per?: number;
  /** Holds only where all of these do. */
  readonly when?: PriceFacts;
  /** How far the figure can be trusted; `prices.json` says what the letters mean. */
  readonly mark: string;
  readonly source: string;
}

/** Changes whenever a row does. */
export const PRICE_VERSION: string = prices.version;

/** Nano-USD of one unit, perhaps with a fraction; null where the table has no such row: unknown, never 0. */
export function priceOf(pricedAs: string, unit: PriceUnit, facts: PriceFacts = {}): number | null {
  const row = ROWS.find(
    (price) => price.model === pricedAs && price.unit === unit && holds(price.when, facts),
  );
  return row ? (row.usd * 1e9) / (row.per ?? 1) : null;
}

/** Every row of a model; none where its price is unknown. */
export function pricesOf(model: Pick<Model, 'pricedAs'>): readonly Price[] {
  return ROWS.filter((price) => price.model === model.pricedAs);
}

/** For people, in one line; null where the price is unknown. */
export function priceNote(model: Pick<Model, 'pricedAs'>): string | null {
  const rows = pricesOf(model);
  return rows.length === 0 ? null : rows.map(describe).join('; ');
}

const isUnit = (unit: string): unit is PriceUnit => Object.hasOwn(WORDS, unit);

function holds(when: PriceFacts | undefined, facts: PriceFacts): boolean {
  return Object.entries(when ?? {}).every(([name, value]) => facts[name] === value);
}

function describe({ usd, per, unit, when }: Price): string {
  const [one, many] = WORDS[unit];
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
};

const WORDS: Readonly<Record<PriceUnit, readonly [one: string, many: string]>> = {
  image: ['image', 'images'],
  'further-megapixel': ['further megapixel', 'further megapixels'],
  'input-image': ['input image', 'input images'],
  second: ['second', 'seconds'],
  'video-token': ['video token', 'video tokens'],
  'text-in-token': ['text input token', 'text input tokens'],
  'text-in-cached-token': ['cached text input token', 'cached text input tokens'],
  'text-out-token': ['text output token', 'text output tokens'],
  'image-in-token': ['image input token', 'image input tokens'],
  'image-in-cached-token': ['cached image input token', 'cached image input tokens'],
  'image-out-token': ['image output token', 'image output tokens'],
};

const ROWS: readonly Price[] = prices.prices.map(({ unit, ...row }) => {
  if (!isUnit(unit)) throw new Error(`prices.json: no such unit "${unit}"`);
  return { ...row, unit };
});
