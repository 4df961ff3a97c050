import { ASPECT_RATIOS, largestExactSize } from '../exact-ratio.js';
import type { PictureSize, SizeLimits } from '../picture-size.js';

/** What a model of the family makes of `size`: the second generation any on a grid, the first three. */
export interface GptImageSizes {
  readonly limits: SizeLimits;
  readonly ratios: readonly string[];
  /** Classes that `resolution` may name; none: the field is not offered. */
  readonly resolutions: readonly string[];
  readonly sizeOf: (ratio: string, resolution: string) => PictureSize | undefined;
}

export const sizesOf = (vendorModel: string): GptImageSizes =>
  vendorModel.startsWith('gpt-image-2') ? ANY_SIZE : THREE_SIZES;

/** https://developers.openai.com/api/docs/guides/image-generation, "Size and quality options". */
const ANY_SIZE_LIMITS: SizeLimits = {
  multipleOf: 16,
  minEdge: 16,
  maxEdge: 3840,
  minPixels: 655_360,
  maxPixels: 8_294_400,
  maxRatio: 3,
};

/** The family's own three sizes: all there are, or those at 1K. */
const NAMED_SIZES: Readonly<Record<string, PictureSize>> = {
  '1:1': { width: 1024, height: 1024 },
  '3:2': { width: 1536, height: 1024 },
  '2:3': { width: 1024, height: 1536 },
};
const MAX_PIXELS: Readonly<Record<string, number>> = {
  '1K': 1024 * 1024,
  '2K': 2048 * 2048,
  '4K': 3840 * 2160,
};

const ANY_SIZE: GptImageSizes = {
  limits: ANY_SIZE_LIMITS,
  // Shapes that others do not draw: its limit is 3:1.
  ratios: [...ASPECT_RATIOS, '3:1', '1:3'],
  resolutions: Object.keys(MAX_PIXELS),
  sizeOf: (ratio, resolution) => {
    const named = resolution === '1K' ? NAMED_SIZES[ratio] : undefined;
    return named ?? largestExactSize(ratio, MAX_PIXELS[resolution] ?? 0, ANY_SIZE_LIMITS);
  },
};

const THREE_SIZES: GptImageSizes = {
  // Just the three of them are on this grid and within these bounds.
  limits: {
    multipleOf: 512,
    minEdge: 1024,
    maxEdge: 1536,
    minPixels: 1024 * 1024,
    maxPixels: 1024 * 1536,
    maxRatio: 1.5,
  },
  ratios: Object.keys(NAMED_SIZES),
  resolutions: [],
  sizeOf: (ratio) => NAMED_SIZES[ratio],
};

/** As a person writes them. */
export const THREE_SIZE_NAMES: readonly string[] = Object.values(NAMED_SIZES).map(
  ({ width, height }) => `${width}x${height}`,
);
