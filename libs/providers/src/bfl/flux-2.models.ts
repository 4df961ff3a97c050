import { ASPECT_RATIOS } from '../exact-ratio.js';
import { choiceField, imagesField, inputSchema, promptField, sizeField } from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { commonFields, fluxModel, promptExtendField, samplingOptions } from './flux-fields.js';

function flux2Schema(
  maxPictures: number,
  more: Readonly<Record<string, JsonObject>> = {},
): JsonObject {
  return inputSchema({
    prompt: promptField(32_000),
    image_urls: imagesField(
      maxPictures,
      'Pictures to work from; the prompt may name them by their number.',
    ),
    aspect_ratio: choiceField(ASPECT_RATIOS, 'Shape of the picture.', '1:1'),
    resolution: choiceField(['1K', '2K'], 'Class of size: about one or four million pixels.', '1K'),
    size: sizeField('multiples of 16, at least 64 an edge, at most 4194304 pixels in all'),
    ...commonFields({ maxSafety: 5, format: 'jpeg' }),
    ...more,
  });
}

/** https://docs.bfl.ai/flux_2/flux2_overview */
export const flux2Models: readonly Model[] = [
  fluxModel({ id: 'flux-2-pro', inputSchema: flux2Schema(8), typicalSeconds: 10 }),
  fluxModel({ id: 'flux-2-max', inputSchema: flux2Schema(8), typicalSeconds: 15 }),
  fluxModel({
    id: 'flux-2-flex',
    inputSchema: flux2Schema(8, {
      prompt_extend: promptExtendField(true),
      provider_options: samplingOptions(
        { min: 1, max: 50, usual: 50 },
        { min: 1.5, max: 10, usual: 5 },
      ),
    }),
    typicalSeconds: 20,
  }),
  fluxModel({
    id: 'flux-2-klein',
    aliases: ['flux-2-klein-9b'],
    vendorModel: 'flux-2-klein-9b',
    inputSchema: flux2Schema(4),
    typicalSeconds: 3,
  }),
  fluxModel({ id: 'flux-2-klein-4b', inputSchema: flux2Schema(4), typicalSeconds: 3 }),
];
