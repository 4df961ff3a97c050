import {
  choiceField,
  flagField,
  imageField,
  inputSchema,
  integerField,
  negativePromptField,
  promptField,
  seedField,
  sizeField,
} from '../input-fields.js';
import type { JsonObject } from '../provider.js';
import type { Model } from '../model.js';

const MAX_SEED = 2_147_483_647;

const qwenImageSchema: JsonObject = inputSchema({
  prompt: promptField(800),
  negative_prompt: negativePromptField(500),
  aspect_ratio: choiceField(['1:1', '16:9', '9:16', '4:3', '3:4'], 'Shape of the picture.', '1:1'),
  resolution: choiceField(
    ['1K', '2K'],
    'Class of size: about one and a half or four million pixels.',
    '1K',
  ),
  size: sizeField('multiples of 16, 262144 to 4194304 pixels in all'),
  n: integerField({ min: 1, max: 6, default: 1 }, 'How many pictures; each is charged.'),
  seed: seedField(MAX_SEED),
  prompt_extend: flagField('Whether the vendor may elaborate the prompt.', true),
  watermark: flagField('Whether the vendor marks the picture.', false),
});

function qwenImage(id: string, vendorModel: string): Model {
  return {
    id,
    aliases: [],
    kind: 'image',
    vendorModel,
    inputSchema: qwenImageSchema,
    example: { prompt: 'a glass data center at golden hour, isometric', aspect_ratio: '16:9' },
    pricedAs: vendorModel,
    typicalSeconds: 30,
    submitTimeoutSeconds: 300,
    submitSafety: 'none',
  };
}

/** International prices of these two are in no list that could be found: unknown. */
export const qwenImageModels: readonly Model[] = [
  qwenImage('qwen-image-2-0', 'qwen-image-2.0'),
  qwenImage('qwen-image-2-0-pro', 'qwen-image-2.0-pro'),
];

export const happyhorseModels: readonly Model[] = [
  {
    id: 'happyhorse-1-0',
    aliases: ['happyhorse-1-0-t2v'],
    kind: 'video',
    vendorModel: 'happyhorse-1.0-t2v',
    inputSchema: inputSchema({
      prompt: promptField(
        5000,
        'What to film, with its sound; at most 2500 Chinese, Japanese or Korean characters.',
      ),
      first_frame_url: imageField(
        'The picture that the film begins with, which also sets its shape.',
      ),
      aspect_ratio: choiceField(
        ['16:9', '9:16', '1:1', '4:3', '3:4'],
        'Shape of the film.',
        '16:9',
      ),
      resolution: choiceField(['720p', '1080p'], 'Lines of the film.', '1080p'),
      duration: integerField({ min: 3, max: 15, default: 5 }, 'Seconds; each is charged.'),
      seed: seedField(MAX_SEED),
      watermark: flagField('Whether the vendor marks the film.', false),
    }),
    example: { prompt: 'a paper boat on a rainy street', aspect_ratio: '16:9', duration: 5 },
    pricedAs: 'happyhorse-1.0',
    typicalSeconds: 120,
    submitTimeoutSeconds: 60,
  },
];
