import { nanoUsd } from '../money.js';
import type { PictureSize } from '../picture-size.js';

/**
 * What an answer's `cost` says, in credits of one cent (https://docs.bfl.ai/quick_start/pricing);
 * undefined where it says nothing. A cost of 0 says nothing: no picture is free.
 */
export function nanoUsdOfCredits(credits: number | undefined): number | undefined {
  return credits === undefined || credits <= 0 ? undefined : Math.round(credits * nanoUsd(0.01));
}

/**
 * USD a picture by text alone. First megapixel: the vendor's pricing page; each further one: a public
 * list (Comfy-Org/docs, 2026-08-21). An estimate: the answer's own `cost` decides.
 */
const PRICES: Readonly<Record<string, { readonly first: number; readonly further: number }>> = {
  'flux-2-pro': { first: nanoUsd(0.03), further: nanoUsd(0.015) },
  'flux-2-max': { first: nanoUsd(0.07), further: nanoUsd(0.03) },
};

const MEGAPIXEL = 1024 * 1024;

/** What one picture costs by the table, a begun megapixel counted whole; null where it is unknown. */
export function estimateFluxNanoUsd(vendorModel: string, size: PictureSize): number | null {
  const price = PRICES[vendorModel];
  if (!price) return null;
  const megapixels = Math.ceil((size.width * size.height) / MEGAPIXEL);
  return price.first + price.further * Math.max(0, megapixels - 1);
}
