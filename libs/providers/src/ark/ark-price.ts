import { priceOf } from '@app/prices';
import type { Usage } from '../provider.js';
import { platformOf, pricedAsOf } from './ark-platform.js';

/** What the price of a film depends on. A fact that is not known leaves the price unknown where it counts. */
export interface FilmFacts {
  readonly vendorModel: string;
  readonly resolution?: string | undefined;
  readonly sound?: boolean | undefined;
  readonly videoIn?: boolean | undefined;
}

/** Tokens at the table's price, which is BytePlus's in USD; Volcengine charges CNY by a list of its own. */
export function filmUsage(tokens: number, film: FilmFacts, baseUrl?: string): Usage {
  const facts = known({
    resolution: film.resolution,
    sound: film.sound,
    videoIn: film.videoIn,
  });
  const perToken = isInUsd(baseUrl)
    ? priceOf(pricedAsOf(film.vendorModel), 'video-token', facts)
    : null;
  const costNanoUsd = perToken === null || tokens <= 0 ? null : Math.round(tokens * perToken);
  return { unit: 'token', quantity: tokens, costNanoUsd };
}

/**
 * Pictures at the table's price; `areLarge` says it of each one that was made.
 * More than one picture to work from may be charged by 5.0 Pro, at a rate that no list names.
 */
export function pictureUsage(
  pictures: {
    readonly vendorModel: string;
    readonly areLarge: readonly boolean[];
    readonly inputs: number;
  },
  baseUrl?: string,
): Usage {
  const pricedAs = pricedAsOf(pictures.vendorModel);
  const mayChargeInputs = pricedAs === 'seedream-5.0-pro' && pictures.inputs > 1;
  const prices = pictures.areLarge.map((large) =>
    isInUsd(baseUrl) && !mayChargeInputs ? priceOf(pricedAs, 'image', { large }) : null,
  );
  const costNanoUsd = prices.reduce<number | null>(
    (sum, price) => (sum === null || price === null ? null : sum + price),
    0,
  );
  return {
    unit: 'image',
    quantity: prices.length,
    costNanoUsd: costNanoUsd === null ? null : Math.round(costNanoUsd),
  };
}

/** Above this the price is the one of a large picture: 1536x1536. */
export const LARGE_PIXELS = 2_360_000;

/** Without a base URL, before it is chosen, the list of the default one holds. */
const isInUsd = (baseUrl: string | undefined): boolean =>
  baseUrl === undefined || platformOf(baseUrl) === 'byteplus';

function known(
  facts: Readonly<Record<string, string | boolean | undefined>>,
): Record<string, string | boolean> {
  const kept: Record<string, string | boolean> = {};
  for (const [name, value] of Object.entries(facts)) if (value !== undefined) kept[name] = value;
  return kept;
}
