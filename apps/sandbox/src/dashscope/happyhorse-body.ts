import { boolean, integer, oneOf, readNumber, readText, text, type Shape } from '../fields.js';
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

const MODELS = new Set(['happyhorse-1.0-t2v', 'happyhorse-1.1-t2v']);
/** A longer prompt is cut by the vendor, not refused; this only bounds the request. */
const MAX_PROMPT = 100_000;

const INPUT: Shape = { required: { prompt: text(MAX_PROMPT) } };
const PARAMETERS: Shape = {
  optional: {
    resolution: oneOf('720P', '1080P'),
    ratio: oneOf(...ASPECT_RATIOS),
    duration: integer(3, 15),
    watermark: boolean,
    seed: integer(0, 2_147_483_647),
  },
};

/**
 * Pure. HappyHorse text to video by its page:
 * https://www.alibabacloud.com/help/en/model-studio/happyhorse-text-to-video-api-reference
 * @throws DashScopeError
 */
export function readHappyHorseJob({ model, input, parameters }: DashScopeBody): HappyHorseJob {
  if (!MODELS.has(model)) throw modelNotFound();
  requireShape(input, INPUT, 'input.');
  requireShape(parameters, PARAMETERS, 'parameters.');
  return {
    model,
    prompt: readText(input, 'prompt'),
    resolution: readText(parameters, 'resolution', '1080P'),
    ratio: ASPECT_RATIOS.find((ratio) => ratio === parameters['ratio']) ?? '16:9',
    duration: readNumber(parameters, 'duration', 5),
  };
}
