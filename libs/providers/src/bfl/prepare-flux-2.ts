import { largestExactSize } from '../exact-ratio.js';
import { withDefaults } from '../input-defaults.js';
import { listAt, numberAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import {
  chooseSize,
  DEFAULT_RATIO,
  DEFAULT_RESOLUTION,
  type PictureSize,
  type SizeLimits,
} from '../picture-size.js';
import type { JsonObject, MediaSlot, Prepared } from '../provider.js';
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
  const media = flux2Media(input);
  const body = present({
    prompt: textAt(filled, 'prompt'),
    ...Object.fromEntries(media.map(({ at }) => [at.slice(BODY.length), null])),
    width: size?.width,
    height: size?.height,
    seed: numberAt(filled, 'seed'),
    output_format: textAt(filled, 'output_format'),
    safety_tolerance: numberAt(filled, 'safety'),
  });
  // Pictures that go in are charged by the megapixel too, at a rate that no list names.
  const isPriced = size !== undefined && media.length === 0;
  const costNanoUsd = isPriced ? estimateFluxNanoUsd(model.vendorModel, size) : null;
  return {
    ok: true,
    request: { model: model.vendorModel, body },
    estimate: { unit: 'image', quantity: 1, costNanoUsd },
    ...(media.length === 0 ? {} : { media }),
  };
}

const BODY = '/body/';
/** The vendor's figure for the older Kontext models; for FLUX.2 it names none. */
const MAX_PICTURE_BYTES = 20 * 1024 * 1024;

/** `input_image`, `input_image_2`, … each in base64 and without a data URL's head. */
function flux2Media(input: JsonObject): readonly MediaSlot[] {
  return listAt(input, 'image_urls').map((source, index) => ({
    at: `${BODY}input_image${index === 0 ? '' : `_${index + 1}`}`,
    field: `input.image_urls.${index}`,
    source: String(source),
    kind: 'image',
    as: 'base64',
    maxBytes: MAX_PICTURE_BYTES,
  }));
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
