import {
  boolean,
  integer,
  oneOf,
  readNumber,
  readText,
  text,
  textMatching,
  type Check,
  type Shape,
} from '../fields.js';
import { requireShape, type DashScopeBody } from './dashscope-body.js';
import { invalidParameter, modelNotFound, urlError } from './dashscope-error.js';
import type { PictureJob } from './jobs.js';
import { LISTED_SIZES, readSize } from './qwen-image-sizes.js';

const QWEN = /^qwen-image(-plus(-\d{4}-\d\d-\d\d)?)?$/;
const WAN = /^wan2\.(2-t2i-(flash|plus)|5-t2i-preview)$/;

const INPUT: Shape = { required: { prompt: text(800) }, optional: { negative_prompt: text(500) } };
const parameters = (size: Check, maxN: number): Shape => ({
  optional: {
    size,
    n: integer(1, maxN),
    prompt_extend: boolean,
    watermark: boolean,
    seed: integer(0, 2_147_483_647),
  },
});
const OF_QWEN = parameters(oneOf(...LISTED_SIZES), 1);
const OF_WAN = parameters(textMatching(/^\d{3,4}\*\d{3,4}$/, 'WIDTH*HEIGHT'), 4);
const MIN_EDGE = 512;
const MAX_EDGE = 1440;

/**
 * Pure. Pictures that are a task and whose prompt is a plain field; other models of pictures are not known
 * at this address. @throws DashScopeError
 */
export function readTextToImageJob({ model, input, parameters: given }: DashScopeBody): PictureJob {
  const isWan = WAN.test(model);
  if (!isWan && !QWEN.test(model))
    throw model.startsWith('qwen-image') ? urlError() : modelNotFound();
  requireShape(input, INPUT, 'input.');
  requireShape(given, isWan ? OF_WAN : OF_QWEN, 'parameters.');
  const size = readSize(given, isWan ? '1024*1024' : '1664*928');
  if (isWan && Math.min(size.width, size.height) < MIN_EDGE) throw outOfRange();
  if (isWan && Math.max(size.width, size.height) > MAX_EDGE) throw outOfRange();
  return {
    kind: 'pictures',
    model,
    prompt: readText(input, 'prompt'),
    n: readNumber(given, 'n', 1),
    ...size,
    isMessage: false,
  };
}

const outOfRange = (): Error =>
  invalidParameter(`parameters.size must have edges from ${MIN_EDGE} to ${MAX_EDGE}.`);
