import { ASPECT_RATIOS } from '../exact-ratio.js';
import {
  choiceField,
  imageField,
  imagesField,
  inputSchema,
  providerOptionsField,
  promptField,
  sizeField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import {
  commonFields,
  fluxModel,
  numberOption,
  onePicture,
  promptExtendField,
  samplingOptions,
} from './flux-fields.js';

const jpeg = commonFields({ maxSafety: 6, format: 'jpeg' });
const prompt = promptField(32_000);
const prompt_extend = promptExtendField(false);

const kontextSchema = inputSchema({
  prompt,
  image_urls: imagesField(4, 'Pictures to work from; the vendor calls more than one experimental.'),
  aspect_ratio: choiceField(
    ASPECT_RATIOS,
    "Shape of the picture; without it that of the first picture given, or the vendor's choice.",
  ),
  prompt_extend,
  ...commonFields({ maxSafety: 6, format: 'png' }),
});

const ultraSchema = inputSchema({
  prompt,
  image_urls: onePicture('One picture to remix.'),
  aspect_ratio: choiceField(ASPECT_RATIOS, 'Shape of the picture.', '16:9'),
  prompt_extend,
  ...jpeg,
  provider_options: providerOptionsField({
    raw: { type: 'boolean', description: 'A less processed, more natural look.' },
    image_prompt_strength: numberOption(
      { min: 0, max: 1, usual: 0.1 },
      'How much of the picture given is kept: 0 none, 1 all; 0.1 where it is not said.',
    ),
  }),
});

/** FLUX1.1 [pro] and FLUX.1 [dev]: any width and height on a grid. */
function sizedSchema(more: Readonly<Record<string, JsonObject>> = {}): JsonObject {
  return inputSchema({
    prompt,
    image_urls: onePicture('One picture to vary.'),
    aspect_ratio: choiceField(
      ASPECT_RATIOS,
      'Shape of the picture, of about a million pixels; without it and size: 1024x768.',
    ),
    size: sizeField('multiples of 32, 256 to 1440 pixels an edge'),
    prompt_extend,
    ...jpeg,
    ...more,
  });
}

const painted = { min: 15, max: 50, usual: 50 };
const followed = { min: 1.5, max: 100, usual: 60 };

const fillSchema = inputSchema(
  {
    prompt: promptField(32_000, 'What to paint in the place of what is masked.'),
    image_urls: onePicture('The picture to change.'),
    mask_url: imageField(
      'Black and white, as large as the picture: white is painted anew. Without it the transparent parts of the picture are.',
    ),
    prompt_extend,
    ...jpeg,
    provider_options: samplingOptions(painted, followed),
  },
  { required: ['image_urls'] },
);

const side = (name: string): JsonObject => ({
  type: 'integer',
  minimum: 0,
  maximum: 2048,
  description: `Pixels to add ${name}; none where it is not said.`,
});

const expandSchema = inputSchema(
  {
    prompt: promptField(32_000, 'What is to be seen beyond the edges.'),
    image_urls: onePicture('The picture to expand.'),
    prompt_extend,
    ...jpeg,
    provider_options: samplingOptions(painted, followed, {
      top: side('at the top'),
      bottom: side('at the bottom'),
      left: side('on the left'),
      right: side('on the right'),
    }),
  },
  { required: ['image_urls', 'provider_options'] },
);

const PICTURE = 'https://example.com/picture.png';

/** Paths and fields: https://api.bfl.ai/openapi.json */
export const flux1Models: readonly Model[] = [
  fluxModel({
    id: 'flux-kontext-pro',
    aliases: ['flux-1-kontext-pro'],
    inputSchema: kontextSchema,
    typicalSeconds: 10,
  }),
  fluxModel({
    id: 'flux-kontext-max',
    aliases: ['flux-1-kontext-max'],
    inputSchema: kontextSchema,
    typicalSeconds: 15,
  }),
  fluxModel({
    id: 'flux-pro-1-1',
    aliases: ['flux-1-1-pro'],
    vendorModel: 'flux-pro-1.1',
    inputSchema: sizedSchema(),
    typicalSeconds: 8,
  }),
  fluxModel({
    id: 'flux-pro-1-1-ultra',
    aliases: ['flux-1-1-pro-ultra'],
    vendorModel: 'flux-pro-1.1-ultra',
    inputSchema: ultraSchema,
    typicalSeconds: 12,
  }),
  fluxModel({
    id: 'flux-dev',
    aliases: ['flux-1-dev'],
    inputSchema: sizedSchema({
      provider_options: samplingOptions(
        { min: 1, max: 50, usual: 28 },
        { min: 1.5, max: 5, usual: 3 },
      ),
    }),
    typicalSeconds: 8,
  }),
  fluxModel({
    id: 'flux-fill',
    aliases: ['flux-pro-1-0-fill', 'flux-fill-pro'],
    vendorModel: 'flux-pro-1.0-fill',
    inputSchema: fillSchema,
    example: {
      prompt: 'a red door',
      image_urls: [PICTURE],
      mask_url: 'https://example.com/mask.png',
    },
    typicalSeconds: 15,
  }),
  fluxModel({
    id: 'flux-expand',
    aliases: ['flux-pro-1-0-expand', 'flux-expand-pro'],
    vendorModel: 'flux-pro-1.0-expand',
    inputSchema: expandSchema,
    example: {
      prompt: 'more of the meadow',
      image_urls: [PICTURE],
      provider_options: { left: 256, right: 256 },
    },
    typicalSeconds: 15,
  }),
];
