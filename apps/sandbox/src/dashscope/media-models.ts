import { boolean, integer, oneOf, text, type Check } from '../fields.js';
import { ASPECT_RATIOS } from '../media/render.js';
import { pictureAddress, webAddress } from './media-address.js';

/** How many of each type a model's list of media may hold, and which must be there. */
export interface MediaRules {
  readonly at: Readonly<Record<string, readonly [min: number, max: number]>>;
  /** Of all types together. */
  readonly total?: readonly [min: number, max: number, ...types: string[]];
  /** Types that exclude each other. */
  readonly apart?: readonly [readonly string[], readonly string[]];
}

export interface MediaModel {
  readonly name: RegExp;
  readonly needsPrompt: boolean;
  readonly input?: Readonly<Record<string, Check>>;
  readonly parameters: Readonly<Record<string, Check>>;
  readonly media: MediaRules;
  /** Seconds, where a film is referred to. */
  readonly longestWithFilm?: number;
}

const SEED = integer(0, 2_147_483_647);
const CLASSES = oneOf('720P', '1080P');
const WAN_RATIOS = oneOf('16:9', '9:16', '1:1', '4:3', '3:4');
const NEGATIVE = { negative_prompt: text(500) };

const WAN_2_7 = { resolution: CLASSES, prompt_extend: boolean, watermark: boolean, seed: SEED };
const HORSE = { resolution: CLASSES, watermark: boolean, seed: SEED };
const HORSE_RATIO = oneOf(...ASPECT_RATIOS);
const HORSE_LENGTH = integer(3, 15);

/**
 * Films whose media come in one list: Wan 2.7 and 3.0, and HappyHorse
 * (https://www.alibabacloud.com/help/en/model-studio/happyhorse-text-to-video-api-reference).
 */
const MODELS: readonly MediaModel[] = [
  {
    name: /^wan2\.7-t2v(-\d{4}-\d\d-\d\d)?$/,
    needsPrompt: true,
    input: { ...NEGATIVE, audio_url: webAddress },
    parameters: { ...WAN_2_7, ratio: WAN_RATIOS, duration: integer(2, 15) },
    media: { at: {} },
  },
  {
    name: /^wan2\.7-i2v(-\d{4}-\d\d-\d\d)?$/,
    needsPrompt: false,
    // Its own page says media; a client of others still says img_url, and is answered.
    input: { ...NEGATIVE, img_url: pictureAddress },
    parameters: { ...WAN_2_7, duration: integer(2, 15) },
    media: {
      at: { first_frame: [0, 1], last_frame: [0, 1], driving_audio: [0, 1], first_clip: [0, 1] },
      total: [1, 1, 'first_frame', 'first_clip'],
      apart: [['first_clip'], ['driving_audio']],
    },
  },
  {
    name: /^wan2\.7-r2v(-\d{4}-\d\d-\d\d)?$/,
    needsPrompt: true,
    input: NEGATIVE,
    parameters: { ...WAN_2_7, ratio: WAN_RATIOS, duration: integer(2, 15) },
    media: {
      at: { reference_image: [0, 5], reference_video: [0, 5], first_frame: [0, 1] },
      total: [1, 5, 'reference_image', 'reference_video'],
    },
    longestWithFilm: 10,
  },
  {
    name: /^wan2\.7-videoedit(-\d{4}-\d\d-\d\d)?$/,
    needsPrompt: false,
    input: NEGATIVE,
    parameters: {
      ...WAN_2_7,
      ratio: WAN_RATIOS,
      duration: (value) => (value === 0 ? null : integer(2, 10)(value)),
      audio_setting: oneOf('auto', 'origin'),
    },
    media: { at: { video: [1, 1], reference_image: [0, 3] } },
  },
  {
    name: /^wan3\.0-video(-prime)?$/,
    needsPrompt: true,
    parameters: {
      resolution: oneOf('480P', '720P', '1080P'),
      ratio: oneOf('adaptive', '21:9', '16:9', '4:3', '1:1', '3:4', '9:16'),
      duration: integer(2, 30),
      audio: boolean,
      seed: integer(-1, 2_147_483_647),
      prompt_extend: boolean,
    },
    media: {
      at: {
        first_frame: [0, 1],
        last_frame: [0, 1],
        reference_image: [0, 10],
        reference_video: [0, 5],
        reference_audio: [0, 5],
        file: [0, 1],
        link: [0, 1],
      },
      apart: [
        ['first_frame', 'last_frame'],
        ['reference_image', 'reference_video', 'reference_audio', 'file', 'link'],
      ],
    },
  },
  {
    name: /^happyhorse-1\.[01]-t2v$/,
    needsPrompt: true,
    parameters: { ...HORSE, ratio: HORSE_RATIO, duration: HORSE_LENGTH },
    media: { at: {} },
  },
  {
    name: /^happyhorse-1\.[01]-i2v$/,
    needsPrompt: false,
    parameters: { ...HORSE, duration: HORSE_LENGTH },
    media: { at: { first_frame: [1, 1] } },
  },
  {
    name: /^happyhorse-1\.[01]-r2v$/,
    needsPrompt: true,
    parameters: { ...HORSE, ratio: HORSE_RATIO, duration: HORSE_LENGTH },
    media: { at: { reference_image: [1, 9] } },
  },
  {
    name: /^happyhorse-1\.0-video-edit$/,
    needsPrompt: true,
    parameters: { ...HORSE, audio_setting: oneOf('auto', 'origin') },
    media: { at: { video: [1, 1], reference_image: [0, 5] } },
  },
];

export const mediaModel = (model: string): MediaModel | undefined =>
  MODELS.find(({ name }) => name.test(model));
