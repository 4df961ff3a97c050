import {
  atLeastOne,
  audioField,
  choiceField,
  inputSchema,
  integerChoiceField,
  integerField,
  needs,
  negativePromptField,
  notTogether,
  promptField,
  providerOptionsField,
  videosField,
  whenThen,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { FILM_FIELDS, referencesField } from './film-fields.js';

const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4'];
const PROMPT = 'What to film, with its sound; may be left out beside first_frame_url.';

const COMMON = {
  negative_prompt: negativePromptField(500),
  first_frame_url: FILM_FIELDS.firstFrame,
  aspect_ratio: choiceField(
    RATIOS,
    'Shape of the film, where no frame gives it; 16:9 unless said.',
  ),
  n: FILM_FIELDS.n,
  seed: FILM_FIELDS.seed,
  watermark: FILM_FIELDS.watermark,
};

const SOUND_FIELDS = {
  audio_url: audioField('Speech or music to film to: WAV or MP3, 3 to 30 seconds.'),
  generate_audio: {
    type: 'boolean',
    description: 'Whether the vendor adds sound; it does unless false.',
  },
};

const RULES: readonly JsonObject[] = [
  atLeastOne('prompt', 'first_frame_url'),
  notTogether('aspect_ratio', 'first_frame_url'),
];

/** There is no measure of 4:3 in the smallest class. */
const SMALL_SHAPES = whenThen(
  { at: 'aspect_ratio', says: '480p is made in 16:9, 9:16 and 1:1' },
  { resolution: { const: '480p' } },
  { aspect_ratio: { enum: ['16:9', '9:16', '1:1'] } },
);

/** A sound that is given is never left out. */
const SOUND_IS_SOUND = whenThen(
  { at: 'generate_audio', says: 'audio_url is the sound of the film; leave generate_audio out' },
  { audio_url: {} },
  { generate_audio: { const: true } },
);

const WAN_2_2 = inputSchema(
  {
    prompt: promptField(800, 'What to film; may be left out beside first_frame_url.'),
    ...COMMON,
    last_frame_url: FILM_FIELDS.lastFrame,
    resolution: choiceField(['480p', '1080p'], 'Lines of the film.', '1080p'),
    prompt_extend: FILM_FIELDS.promptExtend,
  },
  { required: [], rules: [...RULES, needs('last_frame_url', 'first_frame_url'), SMALL_SHAPES] },
);

const WAN_2_5 = inputSchema(
  {
    prompt: promptField(1500, PROMPT),
    ...COMMON,
    ...SOUND_FIELDS,
    resolution: choiceField(['480p', '720p', '1080p'], 'Lines of the film.', '1080p'),
    duration: integerChoiceField([5, 10], 'Seconds; each is charged.', 5),
    prompt_extend: FILM_FIELDS.promptExtend,
  },
  { required: [], rules: [...RULES, SMALL_SHAPES, SOUND_IS_SOUND] },
);

const WAN_2_6 = inputSchema(
  {
    prompt: promptField(1500, PROMPT),
    ...COMMON,
    ...SOUND_FIELDS,
    reference_image_urls: referencesField(5, 'character1, character2, …'),
    reference_video_urls: videosField(
      3,
      'Films of whom or what to show, counted on after the pictures; 5 references in all.',
    ),
    resolution: choiceField(['720p', '1080p'], 'Lines of the film.', '1080p'),
    duration: integerField(
      { min: 2, max: 15, default: 5 },
      'Seconds, each charged; at most 10 with references.',
    ),
    prompt_extend: {
      type: 'boolean',
      description: 'Whether the vendor may elaborate the prompt; it does unless false.',
    },
    provider_options: providerOptionsField({
      shot_type: choiceField(
        ['single', 'multi'],
        'One shot or several; several need prompt_extend.',
      ),
    }),
  },
  {
    required: [],
    rules: [...RULES, SOUND_IS_SOUND, ...['image', 'video'].flatMap(referenceRules)],
  },
);

function referenceRules(kind: string): readonly JsonObject[] {
  const field = `reference_${kind}_urls`;
  return [
    needs(field, 'prompt'),
    notTogether(field, 'first_frame_url', 'audio_url', 'generate_audio', 'prompt_extend'),
    whenThen(
      { at: 'duration', says: 'at most 10 seconds are made with references' },
      { [field]: {} },
      { duration: { type: 'integer', maximum: 10 } },
    ),
  ];
}

interface Generation {
  readonly version: string;
  readonly modes: readonly string[];
  readonly vendorModel: string;
  readonly schema: JsonObject;
  readonly example: JsonObject;
  readonly note?: string;
}

const GENERATIONS: readonly Generation[] = [
  {
    version: '2-2',
    modes: ['t2v', 'i2v', 'kf2v'],
    vendorModel: 'wan2.2-t2v-plus',
    schema: WAN_2_2,
    example: { prompt: 'a paper boat on a rainy street', resolution: '480p' },
    note: 'Five silent seconds. An older generation: not every region serves it.',
  },
  {
    version: '2-5',
    modes: ['t2v', 'i2v', 't2v-preview', 'i2v-preview'],
    vendorModel: 'wan2.5-t2v-preview',
    schema: WAN_2_5,
    example: { prompt: 'a paper boat on a rainy street', resolution: '480p' },
  },
  {
    version: '2-6',
    modes: ['t2v', 'i2v', 'r2v'],
    vendorModel: 'wan2.6-t2v',
    schema: WAN_2_6,
    example: { prompt: 'a paper boat on a rainy street', resolution: '720p', duration: 2 },
  },
];

/** Of the protocol with measures and `img_url`. */
export const olderWanModels: readonly Model[] = GENERATIONS.map(
  ({ version, modes, vendorModel, schema, example, note }) => ({
    id: `wan-${version}`,
    aliases: [`wan${version}`, ...modes.map((mode) => `wan${version}-${mode}`)],
    kind: 'video',
    vendorModel,
    inputSchema: schema,
    example,
    pricedAs: `wan${version.replace('-', '.')}`,
    perCall: 1,
    typicalSeconds: 180,
    submitTimeoutSeconds: 60,
    ...(note === undefined ? {} : { note }),
  }),
);
