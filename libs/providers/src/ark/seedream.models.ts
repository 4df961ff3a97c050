import { ASPECT_RATIOS } from '../exact-ratio.js';
import {
  choiceField,
  flagField,
  imagesField,
  inputSchema,
  integerField,
  notTogether,
  promptField,
  providerOptionsField,
  sizeField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { pricedAsOf } from './ark-platform.js';
import { SEEDREAM, type Seedream } from './seedream.js';

/** The catalog's entries, made out of what each model can do. */
export const seedreamModels: readonly Model[] = SEEDREAM.map((seedream) => ({
  id: seedream.id,
  aliases: seedream.aliases,
  kind: 'image',
  vendorModel: seedream.vendorModel,
  inputSchema: inputSchema(fieldsOf(seedream), {
    rules: [notTogether('size', 'aspect_ratio', 'resolution')],
  }),
  example: {
    prompt: 'a glass data center at golden hour, isometric',
    aspect_ratio: '16:9',
    resolution: seedream.resolutions[0] ?? '2K',
  },
  pricedAs: pricedAsOf(seedream.vendorModel),
  perCall: 1,
  typicalSeconds: seedream.typicalSeconds,
  submitTimeoutSeconds: 300,
  // Nothing calls back about a picture, and nothing lists them.
  submitSafety: 'none',
}));

function fieldsOf(seedream: Seedream): Readonly<Record<string, JsonObject>> {
  const { minPixels, maxPixels, maxRatio } = seedream.limits;
  return {
    prompt: promptField(10_000),
    image_urls: imagesField(
      seedream.images,
      'Pictures to work from; the prompt may name them by their number.',
    ),
    aspect_ratio: choiceField(
      ASPECT_RATIOS,
      'Shape of the picture. Left out, the model picks one by the prompt and the pictures.',
    ),
    resolution: choiceField(
      seedream.resolutions,
      'Class of size.',
      seedream.resolutions.includes('2K') ? '2K' : undefined,
    ),
    size: sizeField(`${minPixels} to ${maxPixels} pixels in all, no longer than ${maxRatio}:1`),
    n: integerField({ min: 1, max: 10, default: 1 }, 'How many pictures; each is charged.'),
    ...(seedream.formats
      ? { output_format: choiceField(['jpeg', 'png'], 'File format of the picture.', 'jpeg') }
      : {}),
    watermark: flagField("Whether the vendor's mark is on the picture.", false),
    ...(seedream.fastRewriting
      ? {
          provider_options: providerOptionsField({
            optimize_prompt_options: {
              type: 'object',
              properties: { mode: { enum: ['standard', 'fast'] } },
              required: ['mode'],
              additionalProperties: false,
              description: 'How the prompt is rewritten: well, or fast.',
            },
          }),
        }
      : {}),
  };
}
