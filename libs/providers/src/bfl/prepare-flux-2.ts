import { largestExactSize } from '../exact-ratio.js';
import { withDefaults } from '../input-defaults.js';
import { numberAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import {
  chooseSize,
  DEFAULT_RATIO,
  DEFAULT_RESOLUTION,
  type PictureSize,
  type SizeLimits,
} from '../picture-size.js';
import type { JsonObject, Prepared } from '../provider.js';
import { estimateFluxNanoUsd } from './bfl-price.js';

/**
 * `{model, body}`: the model is a part of the vendor's path. Width and height are always sent, so
 * that the size and its price never depend on what the vendor would have picked.
 */
export function prepareFlux2(input: JsonObject, model: Model): Prepared {
  const chosen = chooseSize(input, FLUX_2_LIMITS, flux2SizeOf);
  if (!chosen.ok) return chosen;
  const size = chosen.size ?? flux2SizeOf(DEFAULT_RATIO, DEFAULT_RESOLUTION);
  const filled = withDefaults(input, model);
  const body = present({
    prompt: textAt(filled, 'prompt'),
    width: size?.width,
    height: size?.height,
    seed: numberAt(filled, 'seed'),
    output_format: textAt(filled, 'output_format'),
    safety_tolerance: numberAt(filled, 'safety'),
  });
  const costNanoUsd = size ? estimateFluxNanoUsd(model.vendorModel, size) : null;
  return {
    ok: true,
    request: { model: model.vendorModel, body },
    estimate: { unit: 'image', quantity: 1, costNanoUsd },
  };
}

/** FLUX.2: multiples of 16, at least 64, up to 4 megapixels (2048x2048), any shape. */
export const FLUX_2_LIMITS: SizeLimits = {
  multipleOf: 16,
  minEdge: 64,
  maxEdge: Number.POSITIVE_INFINITY,
  minPixels: 64 * 64,
  maxPixels: 2048 * 2048,
  maxRatio: Number.POSITIVE_INFINITY,
};

const MAX_PIXELS: Readonly<Record<string, number>> = { '1K': 1024 * 1024, '2K': 2048 * 2048 };

export function flux2SizeOf(ratio: string, resolution: string): PictureSize | undefined {
  return largestExactSize(ratio, MAX_PIXELS[resolution] ?? 0, FLUX_2_LIMITS);
}
