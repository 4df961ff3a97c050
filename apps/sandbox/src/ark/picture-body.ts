import {
  boolean,
  checkFields,
  isFields,
  oneOf,
  readFields,
  readNumber,
  readText,
  text,
  textMatching,
  type Check,
  type Fields,
  type Shape,
} from '../fields.js';
import { invalidParameter, missingParameter, modelNotFound } from './ark-error.js';

export interface PictureJob {
  readonly name: string;
  readonly prompt: string;
  readonly count: number;
  readonly width: number;
  readonly height: number;
  readonly format: 'png' | 'jpeg';
  readonly inline: boolean;
}

interface PictureModel {
  readonly classes: readonly string[];
  readonly pixels: readonly [min: number, max: number];
  readonly images: number;
  readonly formats: boolean;
  readonly groups: boolean;
  readonly modes: readonly string[];
}

const LARGE = [2560 * 1440, 4096 * 4096] as const;
const LITE: PictureModel = {
  classes: ['2K', '3K', '4K'],
  pixels: LARGE,
  images: 14,
  formats: true,
  groups: true,
  modes: ['standard'],
};
/** By the name without its brand: https://docs.volcengine.com/docs/82379/1541523 */
const MODELS: Readonly<Record<string, PictureModel>> = {
  'seedream-5-0-pro-260628': {
    classes: ['1K', '2K'],
    pixels: [1280 * 720, 4_624_220],
    images: 10,
    formats: true,
    groups: false,
    modes: ['standard'],
  },
  'seedream-5-0-260128': LITE,
  'seedream-5-0-lite-260128': LITE,
  'seedream-4-5-251128': { ...LITE, classes: ['2K', '4K'], formats: false },
  'seedream-4-0-250828': {
    classes: ['1K', '2K', '4K'],
    pixels: [1280 * 720, LARGE[1]],
    images: 14,
    formats: false,
    groups: true,
    modes: ['standard', 'fast'],
  },
};

/** 5.0 Pro is Dola's abroad, the others have no brand there. */
function pictureModel(name: string): PictureModel | undefined {
  const [, brand, bare = ''] = /^(doubao-|dola-)?(.+)$/.exec(name) ?? [];
  const model = Object.hasOwn(MODELS, bare) ? MODELS[bare] : undefined;
  if (brand === 'doubao-') return model;
  return bare.includes('-pro-') === (brand === 'dola-') ? model : undefined;
}

/** Pure. @throws ArkError naming the first parameter that is wrong */
export function readPictureJob(body: unknown): PictureJob {
  if (!isFields(body)) throw invalidParameter('body', 'it must be an object');
  const fields = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const name = readText(fields, 'model');
  if (name === '') throw missingParameter('model');
  const model = pictureModel(name);
  if (!model) throw modelNotFound(name);
  if (readText(fields, 'prompt') === '') throw missingParameter('prompt');
  const [problem] = checkFields(fields, shapeOf(model));
  if (problem) throw invalidParameter(problem.field, `it ${problem.message}`);
  const isGroup = readText(fields, 'sequential_image_generation') === 'auto';
  const most = readNumber(readFields(fields, GROUP_OPTIONS), 'max_images', 15);
  return {
    name,
    prompt: readText(fields, 'prompt'),
    // How many a group has is the model's to decide; this one makes three where it may.
    count: isGroup ? Math.min(most, 3) : 1,
    ...readSize(fields, model),
    format: fields['output_format'] === 'png' ? 'png' : 'jpeg',
    inline: fields['response_format'] === 'b64_json',
  };
}

const GROUP_OPTIONS = 'sequential_image_generation_options';
const PICTURE = /^(https?:\/\/.|data:image\/[a-z+.-]+;base64,.)/;

const images =
  (most: number): Check =>
  (value) => {
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length < 1 || list.length > most) return `must hold 1 to ${most} images`;
    const isGood = list.every((item) => typeof item === 'string' && PICTURE.test(item));
    return isGood ? null : 'must be URLs or data URLs of images';
  };

function shapeOf(model: PictureModel): Shape {
  return {
    required: { model: text(200), prompt: text(100_000) },
    optional: {
      image: images(model.images),
      size: textMatching(/^(\dK|\d{1,5}x\d{1,5})$/, 'a class (2K) or WIDTHxHEIGHT'),
      response_format: oneOf('url', 'b64_json'),
      watermark: boolean,
      stream: (value) => (value === false ? null : 'must be false: this stand-in does not stream'),
      optimize_prompt_options: (value) =>
        isFields(value) && oneOf(...model.modes)(value['mode']) === null
          ? null
          : `must have a mode of ${model.modes.join(', ')}`,
      ...(model.formats ? { output_format: oneOf('png', 'jpeg') } : {}),
      ...(model.groups
        ? {
            sequential_image_generation: oneOf('auto', 'disabled'),
            [GROUP_OPTIONS]: (value: unknown) =>
              isFields(value) && isCount(value['max_images'])
                ? null
                : 'must have max_images from 1 to 15',
          }
        : {}),
    },
  };
}

const isCount = (value: unknown): boolean =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 15;

const EDGE: Readonly<Record<string, number>> = { '1K': 1024, '2K': 2048, '3K': 3072, '4K': 4096 };

/** A class is a square here; the vendor's model picks the shape. */
function readSize(
  fields: Fields,
  model: PictureModel,
): { readonly width: number; readonly height: number } {
  const size = readText(fields, 'size', '2048x2048');
  const edge = EDGE[size];
  if (edge !== undefined && model.classes.includes(size)) return { width: edge, height: edge };
  const [width = 0, height = 0] = size.split('x').map(Number);
  const [least, most] = model.pixels;
  const isShape = width <= 16 * height && height <= 16 * width;
  if (isShape && width * height >= least && width * height <= most) return { width, height };
  throw invalidParameter(
    'size',
    `use ${model.classes.join(', ')}, or ${least} to ${most} pixels no longer than 16:1`,
  );
}
