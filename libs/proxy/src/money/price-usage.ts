import {
  chargedAmount,
  type ModelPrices,
  type PricedLine,
  type PriceFacts,
  type PriceUnit,
  rateOf,
} from '@app/prices';
import type { ObservedUsage } from '../token-usage.js';
import type { PaidEndpoint } from './paid-endpoint.js';

/** So many of what is charged together. */
export interface UsageLine {
  readonly unit: PriceUnit;
  readonly units: number;
}

/**
 * What an answer reported, by what it is charged as; each token stands in one line only. Details that do
 * not fit their sum are cut to it: a sum is what the upstream charges by. Pure.
 */
export function usageLines(usage: ObservedUsage, endpoint: PaidEndpoint): readonly UsageLine[] {
  if (usage.seconds !== null && usage.tokensIn === null) {
    return [{ unit: 'audio-in-second', units: usage.seconds }];
  }
  return [...linesIn(usage), ...linesOut(usage, endpoint)].filter(({ units }) => units > 0);
}

function linesIn(usage: ObservedUsage): readonly UsageLine[] {
  const all = usage.tokensIn ?? 0;
  const audio = Math.min(usage.audioIn ?? 0, all);
  const image = Math.min(usage.imageIn ?? 0, all - audio);
  const text = all - audio - image;
  const cachedAudio = Math.min(usage.cachedAudio ?? 0, audio);
  const cachedImage = Math.min(usage.cachedImage ?? 0, image);
  // Where only the sum is told, it is text's, as far as there is that much text.
  const cachedText = Math.min(
    Math.max((usage.tokensCached ?? 0) - cachedAudio - cachedImage, 0),
    text,
  );
  const written = Math.min(usage.tokensCacheWrite ?? 0, text - cachedText);
  return [
    { unit: 'text-in-token', units: text - cachedText - written },
    { unit: 'text-in-cached-token', units: cachedText },
    { unit: 'text-in-cache-write-token', units: written },
    { unit: 'audio-in-token', units: audio - cachedAudio },
    { unit: 'audio-in-cached-token', units: cachedAudio },
    { unit: 'image-in-token', units: image - cachedImage },
    { unit: 'image-in-cached-token', units: cachedImage },
  ];
}

/** Reasoning is text. What comes out of a call for pictures is pictures, but for what is told to be text. */
function linesOut(usage: ObservedUsage, endpoint: PaidEndpoint): readonly UsageLine[] {
  const all = usage.tokensOut ?? 0;
  if (endpoint === 'images') {
    const text = Math.min(usage.textOut ?? 0, all);
    return [
      { unit: 'text-out-token', units: text },
      { unit: 'image-out-token', units: all - text },
    ];
  }
  const audio = Math.min(usage.audioOut ?? 0, all);
  return [
    { unit: 'text-out-token', units: all - audio },
    { unit: 'audio-out-token', units: audio },
  ];
}

/** What was used of one kind, and at what price. */
export interface UsedLine extends UsageLine {
  /** Pico-USD of one; null: no price of it is known. */
  readonly pico: bigint | null;
}

/** Pure. `prices` is null where the table does not know the model. */
export const pricedLines = (
  prices: ModelPrices | null,
  lines: readonly UsageLine[],
  facts: PriceFacts,
): readonly UsedLine[] =>
  lines.map((line) => ({ ...line, pico: prices && rateOr(prices, line.unit, facts) }));

/** Whole nano-USD of one line, rounded down as the charge is: so lines add up to it. Null: unknown. */
export const amountOfLine = ({ units, pico }: UsedLine): number | null =>
  pico === null ? null : chargedAmount([{ units, pico }]);

/** Whole nano-USD; null as soon as one line that was used has no price. Pure. */
export function amountOfLines(lines: readonly UsedLine[]): number | null {
  const priced: PricedLine[] = [];
  for (const { units, pico } of lines) {
    if (pico === null) return null;
    priced.push({ units, pico });
  }
  return chargedAmount(priced);
}

/** A model that lists no price for a kind of input of its own charges it as what it is part of. */
function rateOr(prices: ModelPrices, unit: PriceUnit, facts: PriceFacts): bigint | null {
  const own = rateOf(prices, unit, facts);
  const whole = PART_OF[unit];
  return own ?? (whole ? rateOr(prices, whole, facts) : null);
}

/** No discount is listed for some models' caches, and pictures that go into text models are text tokens. */
const PART_OF: Partial<Record<PriceUnit, PriceUnit>> = {
  'text-in-cached-token': 'text-in-token',
  'text-in-cache-write-token': 'text-in-token',
  'audio-in-cached-token': 'audio-in-token',
  'image-in-token': 'text-in-token',
  'image-in-cached-token': 'image-in-token',
};
