import type { PictureSize } from '../picture-size.js';
import { nanoUsd, priceOf } from '@app/prices';

/**
 * What an answer's `cost` says, in credits of one cent (https://docs.bfl.ai/quick_start/pricing);
 * undefined where it says nothing. A cost of 0 says nothing: no picture is free.
 */
export function nanoUsdOfCredits(credits: number | undefined): number | undefined {
  return credits === undefined || credits <= 0 ? undefined : Math.round(credits * nanoUsd(0.01));
}

const MEGAPIXEL = 1024 * 1024;

/** What a price depends on. */
export interface FluxOrder {
  /** Absent: the vendor picks it, and charges by the picture. */
  readonly size?: PictureSize | undefined;
  readonly pictures: number;
}

/**
 * What one picture costs by the table; null where it is unknown. FLUX.2 charges by the megapixel, a
 * begun one whole, of what goes in as well: at a rate that no list names, so that only an edit of one
 * picture has a price, and that only where the table has a row for it.
 */
export function estimateFluxNanoUsd(vendorModel: string, order: FluxOrder): number | null {
  if (!vendorModel.startsWith('flux-2')) return rounded(priceOf(vendorModel, 'image'));
  const { size, pictures } = order;
  if (!size || pictures > 1 || (pictures === 1 && !hasEditPrice(vendorModel))) return null;
  const first = priceOf(vendorModel, 'image', { edit: pictures > 0 });
  const further = Math.max(0, Math.ceil((size.width * size.height) / MEGAPIXEL) - 1);
  if (first === null || further === 0) return rounded(first);
  const step = priceOf(vendorModel, 'further-megapixel');
  return step === null ? null : rounded(first + step * further);
}

/** A row without the fact `edit` holds for both, and would price an edit as if nothing went in. */
function hasEditPrice(vendorModel: string): boolean {
  const [made, edited] = [false, true].map((edit) => priceOf(vendorModel, 'image', { edit }));
  return edited !== null && edited !== made;
}

function rounded(price: number | null | undefined): number | null {
  return price === null || price === undefined ? null : Math.round(price);
}
