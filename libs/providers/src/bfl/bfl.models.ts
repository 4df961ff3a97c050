import { ASPECT_RATIOS } from '../exact-ratio.js';
import {
  choiceField,
  imagesField,
  inputSchema,
  integerField,
  promptField,
  seedField,
  sizeField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';

const flux2Schema: JsonObject = inputSchema({
  prompt: promptField(32_000),
  image_urls: imagesField(8, 'Pictures to work from; the prompt may name them by their number.'),
  aspect_ratio: choiceField(ASPECT_RATIOS, 'Shape of the picture.', '1:1'),
  resolution: choiceField(['1K', '2K'], 'Class of size: about one or four million pixels.', '1K'),
  size: sizeField('multiples of 16, at least 64 an edge, at most 4194304 pixels in all'),
  n: integerField({ min: 1, max: 10, default: 1 }, 'How many pictures; each is a call of its own.'),
  seed: seedField(2_147_483_647),
  output_format: choiceField(['jpeg', 'png'], 'File format of the picture.', 'jpeg'),
  safety: integerField(
    { min: 0, max: 5, default: 2 },
    'What the moderation tolerates: 0 least, 5 most.',
  ),
});

function flux2(id: string, typicalSeconds: number): Model {
  return {
    id,
    aliases: [],
    kind: 'image',
    vendorModel: id,
    inputSchema: flux2Schema,
    example: { prompt: 'a glass data center at golden hour, isometric', aspect_ratio: '16:9' },
    pricedAs: id,
    perCall: 1,
    typicalSeconds,
    submitTimeoutSeconds: 60,
  };
}

export const flux2Models: readonly Model[] = [flux2('flux-2-pro', 10), flux2('flux-2-max', 15)];
