import { largestExactSize } from '../exact-ratio.js';
import { withDefaults } from '../input-defaults.js';
import { listAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import { parseSize, type PictureSize, sizeFault } from '../picture-size.js';
import type { InputIssue, JsonObject, MediaSlot, Prepared } from '../provider.js';
import { LARGE_PIXELS, pictureUsage } from './ark-price.js';
import { type Seedream, seedreamOf } from './seedream.js';

/** The body of `POST /images/generations`. The vendor's own default would put its mark on the picture. */
export function prepareSeedream(input: JsonObject, model: Model): Prepared {
  const seedream = seedreamOf(model.vendorModel);
  const filled = withDefaults(input, model);
  const chosen = chooseSize(input, textAt(filled, 'resolution') ?? '', seedream);
  if (!chosen.ok) return { ok: false, issues: [chosen.issue] };
  const media = picturesOf(input);
  const request = present({
    model: seedream.vendorModel,
    prompt: textAt(filled, 'prompt'),
    image: media.length === 0 ? undefined : media.map(() => null),
    size: chosen.size,
    response_format: 'url',
    output_format: textAt(filled, 'output_format'),
    optimize_prompt_options: objectAt(filled, 'provider_options')['optimize_prompt_options'],
    watermark: filled['watermark'],
  });
  const areLarge = [chosen.pixels > LARGE_PIXELS];
  return {
    ok: true,
    request,
    estimate: pictureUsage({
      vendorModel: seedream.vendorModel,
      areLarge,
      inputs: media.length,
    }),
    ...(media.length === 0 ? {} : { media }),
  };
}

type Chosen =
  | { readonly ok: true; readonly size: string; readonly pixels: number }
  | { readonly ok: false; readonly issue: InputIssue };

/** A size as it is; the largest of exactly that shape in the class; else the class, whose shape the model picks. */
function chooseSize(input: JsonObject, resolution: string, seedream: Seedream): Chosen {
  const text = textAt(input, 'size');
  if (text !== undefined) return exactly(text, seedream);
  const ratio = textAt(input, 'aspect_ratio');
  const pixels = PIXELS[resolution] ?? 0;
  if (ratio === undefined) return { ok: true, size: resolution, pixels };
  const size = seedreamSizeOf(ratio, resolution, seedream);
  if (size) return taken(size);
  const message = `${ratio} at ${resolution} cannot be made exactly; give size`;
  return { ok: false, issue: { path: 'input.aspect_ratio', message } };
}

function exactly(text: string, seedream: Seedream): Chosen {
  const size = parseSize(text);
  const fault = size
    ? sizeFault(size, seedream.limits)
    : `"${text}" is no size; write it like 2048x2048`;
  if (size && fault === undefined) return taken(size);
  return { ok: false, issue: { path: 'input.size', message: fault ?? '' } };
}

const taken = ({ width, height }: PictureSize): Chosen => ({
  ok: true,
  size: `${width}x${height}`,
  pixels: width * height,
});

/** The vendor takes any width; eights keep to what pictures are coded in. */
const GRID = 8;

function seedreamSizeOf(
  ratio: string,
  resolution: string,
  seedream: Pick<Seedream, 'limits'>,
): PictureSize | undefined {
  const size = largestExactSize(ratio, PIXELS[resolution] ?? 0, {
    ...seedream.limits,
    multipleOf: GRID,
  });
  return size && sizeFault(size, seedream.limits) === undefined ? size : undefined;
}

const PIXELS: Readonly<Record<string, number>> = {
  '1K': 1024 * 1024,
  '2K': 2048 * 2048,
  '3K': 3072 * 3072,
  '4K': 4096 * 4096,
};

/** The vendor's limits for a picture to work from, but for 36 million pixels in all. */
function picturesOf(input: JsonObject): readonly MediaSlot[] {
  return listAt(input, 'image_urls').map((source, index) => ({
    at: `/image/${index}`,
    field: `input.image_urls.${index}`,
    source: String(source),
    kind: 'image',
    as: 'data-url',
    maxBytes: 10_000_000,
    accepts: ['image/jpeg', 'image/png', 'image/webp', 'image/bmp', 'image/tiff', 'image/gif'],
    pixels: { minEdge: 15, maxRatio: 16 },
  }));
}
