import { at, numberAt, textAt } from '../json.js';
import { priceOf, type PriceUnit } from '@app/prices';
import type { JsonObject, Usage } from '../provider.js';

/**
 * What a request will about cost; unknown where the vendor is left to choose size or quality, and where
 * pictures go in: their tokens are charged too, and only the answer counts them.
 */
export function estimateOpenaiUsage(body: JsonObject, pricedAs: string): Usage {
  const quantity = numberAt(body, 'n') ?? 1;
  const each = priceOf(pricedAs, 'image', {
    size: textAt(body, 'size') ?? '',
    quality: textAt(body, 'quality') ?? '',
  });
  const costNanoUsd = each === null || 'image' in body ? null : Math.round(each * quantity);
  return { unit: 'image', quantity, costNanoUsd };
}

/** What was used, from the tokens that the answer reports; unknown where it reports none. */
export function readOpenaiUsage(answer: unknown, pictures: number, pricedAs: string): Usage {
  return { unit: 'image', quantity: pictures, costNanoUsd: costOf(at(answer, 'usage'), pricedAs) };
}

/** Unknown as soon as a single kind of token that was used has no price. */
function costOf(usage: unknown, pricedAs: string): number | null {
  const counts = usage === undefined ? null : countTokens(usage);
  if (!counts) return null;
  let cost = 0;
  for (const [unit, tokens] of counts) {
    const price = tokens === 0 ? 0 : priceOf(pricedAs, unit);
    if (price === null) return null;
    cost += tokens * price;
  }
  return cost > 0 ? Math.round(cost) : null;
}

/** Tokens by what they are charged as; null where the answer does not tell them apart. */
function countTokens(usage: unknown): readonly (readonly [PriceUnit, number])[] | null {
  const input = numberAt(usage, 'input_tokens');
  const output = numberAt(usage, 'output_tokens');
  if (input === undefined || output === undefined) return null;
  const imageIn = numberAt(usage, 'input_tokens_details', 'image_tokens') ?? 0;
  const textIn = input - imageIn;
  const textOut = numberAt(usage, 'output_tokens_details', 'text_tokens') ?? 0;
  const cached = cachedTokens(usage, { textIn, imageIn });
  if (!cached) return null;
  const counts = [
    ['text-in-token', textIn - cached.text],
    ['text-in-cached-token', cached.text],
    ['image-in-token', imageIn - cached.image],
    ['image-in-cached-token', cached.image],
    ['text-out-token', textOut],
    ['image-out-token', output - textOut],
  ] as const;
  return counts.every(([, tokens]) => tokens >= 0) ? counts : null;
}

interface Cached {
  readonly text: number;
  readonly image: number;
}

/**
 * Input tokens that came out of the cache, by kind; null where their number alone is told and both kinds
 * went in. Neither field is in the vendor's published types of this call (SOURCE.md).
 */
function cachedTokens(
  usage: unknown,
  { textIn, imageIn }: { readonly textIn: number; readonly imageIn: number },
): Cached | null {
  const details = at(usage, 'input_tokens_details');
  const split = at(details, 'cached_tokens_details');
  if (split !== undefined) {
    return {
      text: numberAt(split, 'text_tokens') ?? 0,
      image: numberAt(split, 'image_tokens') ?? 0,
    };
  }
  const whole = numberAt(details, 'cached_tokens') ?? 0;
  if (whole === 0) return { text: 0, image: 0 };
  if (imageIn === 0) return { text: whole, image: 0 };
  return textIn === 0 ? { text: 0, image: whole } : null;
}
