import {
  choiceField,
  flagField,
  imagesField,
  inputSchema,
  integerField,
  negativePromptField,
  notTogether,
  promptField,
  seedField,
  sizeField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { MAX_SEED } from './film-fields.js';
import { LISTED_SIZES } from './qwen-sizes.js';

const RATIOS = ['1:1', '16:9', '9:16', '4:3', '3:4'];
const MAX_N = 10;

const COMMON: Readonly<Record<string, JsonObject>> = {
  prompt: promptField(800),
  negative_prompt: negativePromptField(500),
  n: integerField({ min: 1, max: MAX_N, default: 1 }, 'How many pictures; each is charged.'),
  seed: seedField(MAX_SEED),
  watermark: flagField('Whether the vendor marks the picture.', false),
};

const EXTEND = {
  prompt_extend: flagField('Whether the vendor may elaborate the prompt.', true),
};

const given = (max: number): JsonObject =>
  imagesField(max, 'Pictures to change or to work from, in the order that the prompt counts them.');

/** Any size within bounds: the families 2.0, 2.1 and 3.0. */
function freeSchema(pictures: number, maxPrompt: number): JsonObject {
  return inputSchema(
    {
      ...COMMON,
      ...EXTEND,
      prompt: promptField(maxPrompt),
      image_urls: given(pictures),
      aspect_ratio: choiceField(
        RATIOS,
        'Shape of the picture; 1:1 unless said, or that of the last picture given.',
      ),
      resolution: choiceField(
        ['1K', '2K'],
        'Class of size: one to two, or four million pixels; 1K unless said.',
      ),
      size: sizeField('multiples of 16, 262144 to 4194304 pixels in all'),
    },
    { rules: [notTogether('size', 'aspect_ratio', 'resolution')] },
  );
}

/** The five sizes of the oldest models and of `-max`. */
const LISTED = inputSchema(
  {
    ...COMMON,
    ...EXTEND,
    aspect_ratio: choiceField(RATIOS, 'Shape of the picture; 1:1 unless said.'),
    size: choiceField(LISTED_SIZES, 'Width x height in pixels, instead of aspect_ratio.'),
  },
  { rules: [notTogether('size', 'aspect_ratio')] },
);

/** Changes pictures, in their own shape unless a size is given. */
const EDIT = inputSchema(
  {
    ...COMMON,
    ...EXTEND,
    image_urls: given(3),
    size: sizeField('multiples of 16, 512 to 2048 pixels an edge; else as the last picture given'),
  },
  { required: ['prompt', 'image_urls'] },
);

/** The oldest one keeps the shape, and never elaborates. */
const PLAIN_EDIT = inputSchema(
  { ...COMMON, image_urls: given(3) },
  { required: ['prompt', 'image_urls'] },
);

const SCENE = 'a glass data center at golden hour, isometric';
const TEXT_EXAMPLE: JsonObject = { prompt: SCENE, aspect_ratio: '16:9' };
const EDIT_EXAMPLE: JsonObject = {
  prompt: 'make it snow',
  image_urls: [
    'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4//8/AAX+Av4N70a4AAAAAElFTkSuQmCC',
  ],
};

interface Row {
  readonly name: string;
  readonly schema: JsonObject;
  readonly perCall: 1 | 6;
  readonly example?: JsonObject;
  readonly note?: string;
  /** Its pictures are a task, which is found again. */
  readonly isTask?: boolean;
}

const NEW_NOTE =
  'May be served on workspace hosts only (DASHSCOPE_BASE_URL); nobody could confirm the classic one.';

const ROWS: readonly Row[] = [
  { name: 'qwen-image-2.0', schema: freeSchema(3, 800), perCall: 6 },
  { name: 'qwen-image-2.0-pro', schema: freeSchema(3, 800), perCall: 6 },
  { name: 'qwen-image-3.0', schema: freeSchema(3, 4500), perCall: 6, note: NEW_NOTE },
  { name: 'qwen-image-3.0-pro', schema: freeSchema(3, 4500), perCall: 6, note: NEW_NOTE },
  { name: 'qwen-image-2.1-pro', schema: freeSchema(10, 800), perCall: 1, note: NEW_NOTE },
  { name: 'qwen-image-max', schema: LISTED, perCall: 1 },
  { name: 'qwen-image-plus', schema: LISTED, perCall: 1, isTask: true },
  { name: 'qwen-image', schema: LISTED, perCall: 1, isTask: true },
  { name: 'qwen-image-edit', schema: PLAIN_EDIT, perCall: 1, example: EDIT_EXAMPLE },
  { name: 'qwen-image-edit-plus', schema: EDIT, perCall: 6, example: EDIT_EXAMPLE },
  { name: 'qwen-image-edit-max', schema: EDIT, perCall: 6, example: EDIT_EXAMPLE },
];

export const qwenImageModels: readonly Model[] = ROWS.map(
  ({ name, schema, perCall, example, note, isTask }) => ({
    id: name.replaceAll('.', '-'),
    aliases: [],
    kind: 'image',
    vendorModel: name,
    inputSchema: schema,
    example: example ?? TEXT_EXAMPLE,
    pricedAs: name,
    perCall,
    typicalSeconds: 30,
    submitTimeoutSeconds: isTask ? 60 : 300,
    ...(isTask ? {} : { submitSafety: 'none' }),
    ...(note === undefined ? {} : { note }),
  }),
);
