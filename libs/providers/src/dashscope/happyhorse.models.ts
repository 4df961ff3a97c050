import {
  atLeastOne,
  choiceField,
  integerField,
  needs,
  notTogether,
  inputSchema,
  promptField,
  providerOptionsField,
  whenThen,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { FILM_FIELDS, referencesField } from './film-fields.js';

const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4', '4:5', '5:4', '21:9', '9:21'];

const FIELDS: Readonly<Record<string, JsonObject>> = {
  prompt: promptField(
    5000,
    'What to film, with its sound; at most 2500 Chinese, Japanese or Korean characters. May be left out beside first_frame_url.',
  ),
  first_frame_url: FILM_FIELDS.firstFrame,
  reference_image_urls: referencesField(9, 'character1, character2, …'),
  aspect_ratio: choiceField(
    RATIOS,
    'Shape of the film, where no frame and no film gives it; 16:9 unless said.',
  ),
  resolution: choiceField(['720p', '1080p'], 'Lines of the film.', '1080p'),
  duration: integerField({ min: 3, max: 15 }, 'Seconds, each charged; 5 unless said.'),
  n: FILM_FIELDS.n,
  seed: FILM_FIELDS.seed,
  watermark: FILM_FIELDS.watermark,
};

const RULES: readonly JsonObject[] = [
  atLeastOne('prompt', 'first_frame_url'),
  needs('reference_image_urls', 'prompt'),
  notTogether('first_frame_url', 'reference_image_urls'),
  notTogether('aspect_ratio', 'first_frame_url'),
];

/** 1.0 also changes a film that is given; of 1.1 nobody has seen such a model. */
const WITH_EDIT = inputSchema(
  {
    ...FIELDS,
    video_url: FILM_FIELDS.sourceFilm,
    provider_options: providerOptionsField({
      audio_setting: choiceField(
        ['auto', 'origin'],
        'Sound of a film that is changed: as the model decides, or as it was.',
      ),
    }),
  },
  {
    required: [],
    rules: [
      ...RULES,
      needs('video_url', 'prompt'),
      needs('provider_options', 'video_url'),
      notTogether('video_url', 'first_frame_url', 'aspect_ratio', 'duration'),
      whenThen(
        { at: 'reference_image_urls', says: 'give at most 5 pictures beside video_url' },
        { video_url: {} },
        { reference_image_urls: { type: 'array', maxItems: 5 } },
      ),
    ],
  },
);

const WITHOUT_EDIT = inputSchema(FIELDS, { required: [], rules: RULES });

function happyhorse(version: '1-0' | '1-1', schema: JsonObject, modes: readonly string[]): Model {
  const id = `happyhorse-${version}`;
  const vendorModel = `happyhorse-${version.replace('-', '.')}`;
  return {
    id,
    aliases: modes.map((mode) => `${id}-${mode}`),
    kind: 'video',
    vendorModel: `${vendorModel}-t2v`,
    inputSchema: schema,
    example: { prompt: 'a paper boat on a rainy street', resolution: '720p', duration: 3 },
    pricedAs: vendorModel,
    perCall: 1,
    typicalSeconds: 120,
    submitTimeoutSeconds: 60,
  };
}

export const happyhorseModels: readonly Model[] = [
  happyhorse('1-0', WITH_EDIT, ['t2v', 'i2v', 'r2v', 'video-edit']),
  happyhorse('1-1', WITHOUT_EDIT, ['t2v', 'i2v', 'r2v']),
];
