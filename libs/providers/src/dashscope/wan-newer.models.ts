import {
  atLeastOne,
  audioField,
  audiosField,
  choiceField,
  flagField,
  inputSchema,
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
const CALLED = 'called Image 1, Image 2, …';

const FRAMES = ['first_frame_url', 'last_frame_url'];
const REFERENCES = ['reference_image_urls', 'reference_video_urls'];

const WAN_2_7 = inputSchema(
  {
    prompt: promptField(
      5000,
      'What to film, with its sound; may be left out beside first_frame_url or video_url.',
    ),
    negative_prompt: negativePromptField(500),
    first_frame_url: FILM_FIELDS.firstFrame,
    last_frame_url: FILM_FIELDS.lastFrame,
    reference_image_urls: referencesField(5, CALLED),
    reference_video_urls: videosField(
      5,
      'Films of whom or what to show, called Video 1, Video 2, …; 5 references in all.',
    ),
    video_url: FILM_FIELDS.sourceFilm,
    audio_url: audioField('Speech or music to film to: WAV or MP3, at most 30 seconds.'),
    aspect_ratio: choiceField(
      RATIOS,
      'Shape of the film, where no frame gives it; 16:9 unless said, or that of video_url.',
    ),
    resolution: choiceField(['720p', '1080p'], 'Lines of the film.', '1080p'),
    duration: integerField(
      { min: 2, max: 15 },
      'Seconds, each charged; 5 unless said, or all of video_url. At most 10 with a film given.',
    ),
    n: FILM_FIELDS.n,
    seed: FILM_FIELDS.seed,
    prompt_extend: FILM_FIELDS.promptExtend,
    watermark: FILM_FIELDS.watermark,
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
      atLeastOne('prompt', 'first_frame_url', 'video_url'),
      needs('last_frame_url', 'first_frame_url'),
      needs('provider_options', 'video_url'),
      ...REFERENCES.map((field) => needs(field, 'prompt')),
      notTogether('aspect_ratio', 'first_frame_url'),
      notTogether('last_frame_url', ...REFERENCES),
      notTogether('audio_url', ...REFERENCES),
      notTogether('video_url', ...FRAMES, 'reference_video_urls', 'audio_url'),
      ...['video_url', 'reference_video_urls'].map((field) =>
        whenThen(
          { at: 'duration', says: `at most 10 seconds are made with ${field}` },
          { [field]: {} },
          { duration: { type: 'integer', maximum: 10 } },
        ),
      ),
      whenThen(
        { at: 'reference_image_urls', says: 'give at most 3 pictures beside video_url' },
        { video_url: {} },
        { reference_image_urls: { type: 'array', maxItems: 3 } },
      ),
    ],
  },
);

const WAN_3_0 = inputSchema(
  {
    prompt: promptField(20_000, 'What to film, with its sound.'),
    first_frame_url: FILM_FIELDS.firstFrame,
    last_frame_url: FILM_FIELDS.lastFrame,
    reference_image_urls: referencesField(10, CALLED),
    reference_video_urls: videosField(
      5,
      'Films to work from, called Video 1, Video 2, …; 15 seconds in all.',
    ),
    reference_audio_urls: audiosField(
      5,
      'Sounds to work from, called Audio 1, Audio 2, …; 15 seconds in all.',
    ),
    aspect_ratio: choiceField(
      ['adaptive', '21:9', '16:9', '4:3', '1:1', '3:4', '9:16'],
      'Shape of the film; adaptive: as what is given, or as the model sees fit.',
      'adaptive',
    ),
    resolution: choiceField(['480p', '720p', '1080p'], 'Lines of the film.', '720p'),
    duration: integerField({ min: 2, max: 30, default: 5 }, 'Seconds; each is charged.'),
    n: FILM_FIELDS.n,
    seed: FILM_FIELDS.seed,
    generate_audio: flagField('Whether the film has sound; silence is charged the same.', true),
    prompt_extend: FILM_FIELDS.promptExtend,
  },
  {
    rules: [
      needs('last_frame_url', 'first_frame_url'),
      notTogether('first_frame_url', ...REFERENCES, 'reference_audio_urls'),
    ],
  },
);

const WORKSPACE_NOTE =
  'Access by application, and served on a workspace host only: DASHSCOPE_BASE_URL must be https://WORKSPACE.ap-southeast-1.maas.aliyuncs.com/api/v1.';

const COMMON = {
  kind: 'video',
  perCall: 1,
  typicalSeconds: 180,
  submitTimeoutSeconds: 60,
} as const;

function wan3(id: string, aliases: readonly string[], vendorModel: string): Model {
  return {
    ...COMMON,
    id,
    aliases,
    vendorModel,
    inputSchema: WAN_3_0 satisfies JsonObject,
    example: { prompt: 'a paper boat on a rainy street', resolution: '480p', duration: 2 },
    pricedAs: vendorModel,
    note: WORKSPACE_NOTE,
  };
}

/** Of the protocol with a list of media. */
export const newerWanModels: readonly Model[] = [
  {
    ...COMMON,
    id: 'wan-2-7',
    aliases: ['wan2-7', ...['t2v', 'i2v', 'r2v', 'videoedit'].map((mode) => `wan2-7-${mode}`)],
    vendorModel: 'wan2.7-t2v',
    inputSchema: WAN_2_7,
    example: { prompt: 'a paper boat on a rainy street', resolution: '720p', duration: 2 },
    pricedAs: 'wan2.7',
  },
  wan3('wan-3-0', ['wan3-0', 'wan3', 'wan3-0-video'], 'wan3.0-video'),
  wan3('wan-3-0-prime', ['wan3-0-prime', 'wan3-0-video-prime'], 'wan3.0-video-prime'),
];
