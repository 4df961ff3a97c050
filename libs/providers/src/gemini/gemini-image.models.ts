import {
  choiceField,
  imagesField,
  inputSchema,
  integerField,
  promptField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';

const RATIOS = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9'] as const;
const STRIPS = ['1:4', '4:1', '1:8', '8:1'] as const;

function pictureSchema(ratios: readonly string[], sizes: readonly string[]): JsonObject {
  return inputSchema({
    prompt: promptField(32_000),
    image_urls: imagesField(14, 'Pictures to work from or to change.'),
    aspect_ratio: choiceField(
      ratios,
      'Shape of the picture; left out, that of the pictures given, else a square.',
    ),
    resolution: choiceField(sizes, 'Class of size.', '1K'),
    n: integerField({ min: 1, max: 10, default: 1 }, 'How many pictures; each is charged.'),
  });
}

type Entry = Pick<Model, 'id' | 'aliases' | 'vendorModel' | 'inputSchema' | 'retired' | 'note'>;

const picture = (entry: Entry): Model => ({
  ...entry,
  kind: 'image',
  example: { prompt: 'a glass data center at golden hour, isometric', aspect_ratio: '16:9' },
  pricedAs: entry.vendorModel,
  perCall: 1,
  typicalSeconds: 20,
  submitTimeoutSeconds: 300,
});

export const geminiImageModels: readonly Model[] = [
  picture({
    id: 'gemini-3-pro-image',
    aliases: ['nano-banana-pro'],
    vendorModel: 'gemini-3-pro-image',
    inputSchema: pictureSchema(RATIOS, ['1K', '2K', '4K']),
  }),
  picture({
    id: 'gemini-nano-banana-2-1',
    aliases: ['nano-banana-2-1', 'nano-banana'],
    vendorModel: 'gemini-nano-banana-2.1',
    inputSchema: pictureSchema([...RATIOS, ...STRIPS], ['1K', '2K', '4K']),
    note: 'Its shapes, sizes and number of pictures in are taken from its predecessor: unverified.',
  }),
  picture({
    id: 'gemini-3-1-flash-image',
    aliases: ['nano-banana-2'],
    vendorModel: 'gemini-3.1-flash-image',
    inputSchema: pictureSchema([...RATIOS, ...STRIPS], ['512', '1K', '2K', '4K']),
    retired: { host: 'generativelanguage.googleapis.com', since: '2026-10-29' },
    note: 'For compatible hosts (GEMINI_BASE_URL); its successor is gemini-nano-banana-2-1.',
  }),
];
