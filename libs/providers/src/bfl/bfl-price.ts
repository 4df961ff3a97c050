import { nanoUsd } from '../money.js';
import type { PictureSize } from '../picture-size.js';
import { priceOf } from '../prices.js';

/**
 * What an answer's `cost` says, in credits of one cent (https://docs.bfl.ai/quick_start/pricing);
 * undefined where it says nothing. A cost of 0 says nothing: no picture is free.
 */
export function nanoUsdOfCredits(credits: number | undefined): number | undefined {
  return credits === undefined || credits <= 0 ? undefined : Math.round(credits * nanoUsd(0.01));
}

const MEGAPIXEL = 1024 * 1024;

/** What one picture costs by the table, a begun megapixel counted whole; null where it is unknown. */
export function estimateFluxNanoUsd(vendorModel: string, size: PictureSize): number | null {
  const first = priceOf(vendorModel, 'image', { edit: false });
  const further = priceOf(vendorModel, 'further-megapixel');
  if (first === null || further === null) return null;
  const megapixels = Math.ceil((size.width * size.height) / MEGAPIXEL);
  return Math.round(first + further * Math.max(0, megapixels - 1));
}
