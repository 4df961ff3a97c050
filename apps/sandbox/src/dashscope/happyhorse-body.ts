import {
  boolean,
  integer,
  isFields,
  oneOf,
  readNumber,
  readText,
  text,
  type Check,
  type Shape,
} from '../fields.js';
import { ASPECT_RATIOS, type AspectRatio } from '../media/render.js';
import { requireShape, type DashScopeBody } from './dashscope-body.js';
import { modelNotFound } from './dashscope-error.js';

export interface HappyHorseJob {
  readonly model: string;
  readonly prompt: string;
  readonly resolution: string;
  readonly ratio: AspectRatio;
  /** Seconds. */
  readonly duration: number;
}

const MODELS = new Set(['happyhorse-1.0-t2v', 'happyhorse-1.0-i2v', 'happyhorse-1.1-t2v']);
/** A longer prompt is cut by the vendor, not refused; this only bounds the request. */
const MAX_PROMPT = 100_000;

const INPUT: Shape = { required: { prompt: text(MAX_PROMPT) } };
const firstFrame: Check = (value) => {
  const [item, ...rest] = Array.isArray(value) ? value.filter(isFields) : [];
  const isFrame = item?.['type'] === 'first_frame' && rest.length === 0;
  return isFrame && PICTURE.test(readText(item, 'url'))
    ? null
    : 'must be exactly one first_frame with an http(s) or data URL';
};
const PICTURE = /^(https?:\/\/|data:image\/[a-z]+;base64,)./;
const INPUT_WITH_PICTURE: Shape = {
  required: { media: firstFrame },
  optional: { prompt: text(MAX_PROMPT) },
};
const PARAMETERS_OF_PICTURE: Shape = {
  optional: {
    resolution: oneOf('720P', '1080P'),
    duration: integer(3, 15),
    watermark: boolean,
    seed: integer(0, 2_147_483_647),
  },
};
const PARAMETERS: Shape = {
  optional: { ...PARAMETERS_OF_PICTURE.optional, ratio: oneOf(...ASPECT_RATIOS) },
};

/**
 * Pure. HappyHorse text to video by its page:
 * https://www.alibabacloud.com/help/en/model-studio/happyhorse-text-to-video-api-reference
 * @throws DashScopeError
 */
export function readHappyHorseJob({ model, input, parameters }: DashScopeBody): HappyHorseJob {
  if (!MODELS.has(model)) throw modelNotFound();
  if (model.endsWith('-i2v')) {
    requireShape(input, INPUT_WITH_PICTURE, 'input.');
    requireShape(parameters, PARAMETERS_OF_PICTURE, 'parameters.');
  } else {
    requireShape(input, INPUT, 'input.');
    requireShape(parameters, PARAMETERS, 'parameters.');
  }
  return {
    model,
    prompt: readText(input, 'prompt'),
    resolution: readText(parameters, 'resolution', '1080P'),
    ratio: ASPECT_RATIOS.find((ratio) => ratio === parameters['ratio']) ?? '16:9',
    duration: readNumber(parameters, 'duration', 5),
  };
}
