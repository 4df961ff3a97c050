import { withDefaults } from '../input-defaults.js';
import { numberAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import { imageMedia, imageParts } from '../openai-wire-images.js';
import { chooseSize } from '../picture-size.js';
import type { JsonObject, Prepared } from '../provider.js';
import { sizesOf } from './gpt-image-sizes.js';
import { estimateOpenaiUsage } from './openai-price.js';

/**
 * The body of `POST /images/generations`, or with `image` in it of `/images/edits`. What the input
 * leaves open is left to the vendor.
 */
export function prepareOpenaiImage(input: JsonObject, model: Model): Prepared {
  const { limits, sizeOf } = sizesOf(model.vendorModel);
  const chosen = chooseSize(input, limits, sizeOf);
  if (!chosen.ok) return chosen;
  const filled = withDefaults(input, model);
  const media = imageMedia(input);
  const request = {
    ...objectAt(input, 'provider_options'),
    ...present({
      model: model.vendorModel,
      prompt: textAt(filled, 'prompt'),
      n: numberAt(filled, 'n'),
      size: chosen.size && `${chosen.size.width}x${chosen.size.height}`,
      quality: textAt(filled, 'quality'),
      background: textAt(filled, 'background'),
      output_format: textAt(filled, 'output_format'),
      moderation: textAt(filled, 'safety'),
    }),
    ...imageParts(input),
  };
  const estimate = estimateOpenaiUsage(request, model.pricedAs);
  return { ok: true, request, estimate, ...(media.length === 0 ? {} : { media }) };
}
