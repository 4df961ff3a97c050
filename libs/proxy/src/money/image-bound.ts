import { boundedAmount, type ModelPrices, rateOf } from '@app/prices';
import {
  atMost,
  type BoundPart,
  BYTES_PER_TOKEN,
  type CostBound,
  gap,
  highest,
  IN_UNITS,
} from './bound.js';

/**
 * Pictures by their size and quality, the dearest that is listed where that is left to the upstream; what
 * goes in is charged by the token beside it. Pure.
 */
export function imageBound({ endpoint, body, facts, prices }: BoundPart): CostBound {
  const missing = (says: string, param: string): CostBound => ({
    endpoint,
    tokens: null,
    tokensOut: null,
    nanoUsd: null,
    gap: gap(says, param),
  });
  if (!prices) return missing('The price of this model is not known', 'model');
  const picture = dearestPicture(prices, facts);
  const rateIn = highest(prices, IN_UNITS, {}, 'text-in-token');
  const rateOut = rateOf(prices, 'image-out-token');
  if (picture === null || rateIn === null || rateOut === null || rateOut === 0n) {
    return missing(
      'What a picture of this model, size and quality costs at most is not known',
      'model',
    );
  }
  const named = Math.ceil(body.bytes.length / BYTES_PER_TOKEN);
  const pictures = facts.namedPictures + facts.namedFiles;
  const tokensIn = named + pictures * TOKENS_OF_PICTURE_IN;
  const outOfOne =
    Number((picture + rateOut - 1n) / rateOut) + facts.partialImages * TOKENS_OF_PARTIAL;
  const tokensOut = atMost(outOfOne * body.choices);
  const lines = [
    { units: tokensIn, pico: rateIn },
    { units: tokensOut, pico: rateOut },
  ];
  return {
    endpoint,
    tokens: tokensIn + tokensOut,
    tokensOut,
    nanoUsd: atMost(boundedAmount(lines)),
    gap: null,
  };
}

/** Pico-USD; null where no listed picture is of that size and quality. */
function dearestPicture(
  prices: ModelPrices,
  { size, quality }: { readonly size: string | null; readonly quality: string | null },
): bigint | null {
  const asked = { size: chosen(size), quality: chosen(quality) };
  const rows = prices.rows.filter(
    ({ unit, when }) =>
      unit === 'image' &&
      (asked.size === null || when?.['size'] === asked.size) &&
      (asked.quality === null || when?.['quality'] === asked.quality),
  );
  const rates = rows.map(({ when }) => rateOf(prices, 'image', when) ?? 0n);
  return rates.reduce<bigint | null>(
    (most, rate) => (most === null || rate > most ? rate : most),
    null,
  );
}

/** What is left to the upstream is any. */
const chosen = (value: string | null): string | null => (value === 'auto' ? null : value);

/** Declared: a picture to edit, in high fidelity, is some 6,000 tokens. */
const TOKENS_OF_PICTURE_IN = 10_000;
/** Each picture on the way, when a stream of them is asked for (docs/prices.md). */
const TOKENS_OF_PARTIAL = 100;
