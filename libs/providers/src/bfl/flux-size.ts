import { largestExactSize } from '../exact-ratio.js';
import { present, textAt } from '../json.js';
import { chooseSize, type PictureSize, type SizeLimits } from '../picture-size.js';
import type { InputIssue, JsonObject } from '../provider.js';

/**
 * How a model is told its shape:
 * - `grid-16`: FLUX.2, by width and height on a grid of 16;
 * - `grid-32`: FLUX1.1 [pro] and FLUX.1 [dev], by width and height on a grid of 32;
 * - `ratio`: by aspect_ratio, the measures are the vendor's;
 * - `picture`: not at all, it follows the picture given.
 */
export type FluxShape = 'grid-16' | 'grid-32' | 'ratio' | 'picture';

type Shaped =
  | { readonly ok: true; readonly fields: JsonObject; readonly size?: PictureSize }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/**
 * The vendor's fields for the shape that an input asks for. On a grid width and height are always
 * sent, so that the size and its price never depend on what the vendor would have picked.
 */
export function shapeOf(shape: FluxShape, input: JsonObject, filled: JsonObject): Shaped {
  if (shape === 'picture') return { ok: true, fields: {} };
  if (shape === 'ratio') {
    return { ok: true, fields: present({ aspect_ratio: textAt(filled, 'aspect_ratio') }) };
  }
  const { limits, sizeOf, usual } = GRIDS[shape];
  const chosen = chooseSize(input, limits, sizeOf);
  if (!chosen.ok) return chosen;
  const size = chosen.size ?? usual;
  return { ok: true, size, fields: { width: size.width, height: size.height } };
}

interface Grid {
  readonly limits: SizeLimits;
  readonly sizeOf: (ratio: string, resolution: string) => PictureSize | undefined;
  /** What is made where the input says nothing of its shape. */
  readonly usual: PictureSize;
}

/** Multiples of 16, at least 64, up to 4 megapixels (2048x2048), any shape. */
export const FLUX_2_LIMITS: SizeLimits = {
  multipleOf: 16,
  minEdge: 64,
  maxEdge: Number.POSITIVE_INFINITY,
  minPixels: 64 * 64,
  maxPixels: 2048 * 2048,
  maxRatio: Number.POSITIVE_INFINITY,
};

/** https://api.bfl.ai/openapi.json, FluxPro11Inputs and FluxDevInputs. */
export const FLUX_1_LIMITS: SizeLimits = {
  multipleOf: 32,
  minEdge: 256,
  maxEdge: 1440,
  minPixels: 256 * 256,
  maxPixels: 1440 * 1440,
  maxRatio: Number.POSITIVE_INFINITY,
};

const MAX_PIXELS: Readonly<Record<string, number>> = { '1K': 1024 * 1024, '2K': 2048 * 2048 };

export const flux2SizeOf = (ratio: string, resolution: string): PictureSize | undefined =>
  largestExactSize(ratio, MAX_PIXELS[resolution] ?? 0, FLUX_2_LIMITS);

export const flux1SizeOf = (ratio: string, resolution: string): PictureSize | undefined =>
  largestExactSize(ratio, MAX_PIXELS[resolution] ?? 0, FLUX_1_LIMITS);

const GRIDS: Readonly<Record<'grid-16' | 'grid-32', Grid>> = {
  'grid-16': {
    limits: FLUX_2_LIMITS,
    sizeOf: flux2SizeOf,
    usual: { width: 1024, height: 1024 },
  },
  'grid-32': {
    limits: FLUX_1_LIMITS,
    sizeOf: flux1SizeOf,
    usual: { width: 1024, height: 768 },
  },
};
