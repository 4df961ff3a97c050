import type { PictureSize } from '../picture-size.js';
import { priceOf } from '@app/prices';
import type { Usage } from '../provider.js';

/** What seconds of film cost. `resolution` as the vendor writes it: `720P`. */
export function filmUsage(
  vendorModel: string | undefined,
  seconds: number,
  resolution: string | undefined,
): Usage {
  const pricedAs = pricedAsOf(vendorModel ?? '');
  const perSecond = priceOf(pricedAs, 'second', { resolution: resolution ?? '' });
  const costNanoUsd = perSecond === null || seconds <= 0 ? null : Math.round(perSecond * seconds);
  return { unit: 'second', quantity: seconds, costNanoUsd };
}

/** The same film whose length, and with it the price, the vendor alone will know. */
export function unknownFilmUsage(atMostSeconds: number): Usage {
  return { unit: 'second', quantity: atMostSeconds, costNanoUsd: null };
}

/** What a picture is charged by. */
export interface PictureFacts {
  readonly pictures: number;
  /** Pictures given to work from. */
  readonly given: number;
  readonly size: PictureSize | undefined;
}

export function pictureUsage(vendorModel: string, facts: PictureFacts): Usage {
  const { pictures, given, size } = facts;
  const perPicture = priceOf(vendorModel, 'image', { resolution: classOf(size) ?? '' });
  const perGiven = priceOf(vendorModel, 'input-image') ?? 0;
  const costNanoUsd =
    perPicture === null ? null : Math.round(perPicture * pictures + perGiven * given);
  return { unit: 'image', quantity: pictures, costNanoUsd };
}

/** The names in the price table are of generations; the list of 2.6 leaves out films after references. */
function pricedAsOf(vendorModel: string): string {
  if (vendorModel === 'wan2.6-r2v') return vendorModel;
  return /^(wan2\.[567]|happyhorse-1\.[01])-/.exec(vendorModel)?.[1] ?? vendorModel;
}

/** Where the classes meet is in no list: sizes between a million pixels and the 2K ones are of neither. */
function classOf(size: PictureSize | undefined): '1K' | '2K' | undefined {
  const pixels = size === undefined ? 0 : size.width * size.height;
  if (pixels > 0 && pixels <= 1024 * 1024) return '1K';
  return pixels >= 4_000_000 ? '2K' : undefined;
}
