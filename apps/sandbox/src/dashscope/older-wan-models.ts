import { boolean, integer, oneOf, text, type Check, type Shape } from '../fields.js';
import { pictureAddress, webAddress } from './media-address.js';
import { SIZES_1080P, SIZES_480P, SIZES_720P } from './wan-sizes.js';

/** One of the vendor's models with measures, `img_url` and media in fields of their own. */
export interface OlderModel {
  readonly name: RegExp;
  readonly maxPrompt: number;
  readonly input: Shape;
  readonly parameters: Readonly<Record<string, Check>>;
}

const COMMON = { watermark: boolean, seed: integer(0, 2_147_483_647) };
const EXTEND = { prompt_extend: boolean };
const negative = { negative_prompt: text(500) };
const sizes = (...classes: readonly (readonly string[])[]): Check => oneOf(...classes.flat());

const TEXT: Shape = { required: { prompt: text(100_000) }, optional: negative };
const withSound = ({ required = {}, optional = {} }: Shape): Shape => ({
  required,
  optional: { ...optional, audio_url: webAddress },
});
const FRAME: Shape = {
  required: { img_url: pictureAddress },
  optional: { ...negative, prompt: text(100_000) },
};
const FRAMES: Shape = {
  required: { first_frame_url: pictureAddress, last_frame_url: pictureAddress },
  optional: { ...negative, prompt: text(100_000) },
};
const references: Check = (value) => {
  if (!Array.isArray(value) || value.length < 1 || value.length > 5) {
    return 'must be a list of 1 to 5 URLs';
  }
  if (value.some((item) => webAddress(item) !== null)) return 'must hold http(s) or oss URLs only';
  return value.filter(isFilm).length > 3 ? 'may hold at most 3 videos' : null;
};
export const isFilm = (address: unknown): boolean => /\.(mp4|mov)([?#]|$)/i.test(String(address));

const CLASSES = oneOf('720P', '1080P');
const ALL_CLASSES = oneOf('480P', '720P', '1080P');
const SHOTS = { shot_type: oneOf('single', 'multi') };
const LONG = integer(2, 15);

/** Wan up to 2.6: https://www.alibabacloud.com/help/en/model-studio/text-to-video-api-reference */
const MODELS: readonly OlderModel[] = [
  {
    name: /^wan2\.2-t2v-plus$/,
    maxPrompt: 800,
    input: TEXT,
    parameters: { ...COMMON, ...EXTEND, size: sizes(SIZES_480P, SIZES_1080P) },
  },
  {
    name: /^wan2\.2-i2v-(plus|flash)$/,
    maxPrompt: 800,
    input: FRAME,
    parameters: { ...COMMON, ...EXTEND, resolution: ALL_CLASSES },
  },
  {
    name: /^wan2\.2-kf2v-flash$/,
    maxPrompt: 800,
    input: FRAMES,
    parameters: { ...COMMON, ...EXTEND, resolution: ALL_CLASSES },
  },
  {
    name: /^wan2\.5-t2v-preview$/,
    maxPrompt: 1500,
    input: withSound(TEXT),
    parameters: {
      ...COMMON,
      ...EXTEND,
      size: sizes(SIZES_480P, SIZES_720P, SIZES_1080P),
      duration: oneOf(5, 10),
      audio: boolean,
    },
  },
  {
    name: /^wan2\.5-i2v-preview$/,
    maxPrompt: 1500,
    input: withSound(FRAME),
    parameters: {
      ...COMMON,
      ...EXTEND,
      resolution: ALL_CLASSES,
      duration: oneOf(5, 10),
      audio: boolean,
    },
  },
  {
    name: /^wan2\.6-t2v(-us)?$/,
    maxPrompt: 1500,
    input: withSound(TEXT),
    parameters: {
      ...COMMON,
      ...EXTEND,
      ...SHOTS,
      size: sizes(SIZES_720P, SIZES_1080P),
      duration: LONG,
      audio: boolean,
    },
  },
  {
    name: /^wan2\.6-i2v(-flash)?(-us)?$/,
    maxPrompt: 1500,
    input: withSound(FRAME),
    parameters: {
      ...COMMON,
      ...EXTEND,
      ...SHOTS,
      resolution: CLASSES,
      duration: LONG,
      audio: boolean,
    },
  },
  {
    name: /^wan2\.6-r2v$/,
    maxPrompt: 1500,
    input: { required: { prompt: text(100_000), reference_urls: references }, optional: negative },
    parameters: {
      ...COMMON,
      ...SHOTS,
      size: sizes(SIZES_720P, SIZES_1080P),
      duration: integer(2, 10),
    },
  },
];

export const olderWanModel = (model: string): OlderModel | undefined =>
  MODELS.find(({ name }) => name.test(model));
