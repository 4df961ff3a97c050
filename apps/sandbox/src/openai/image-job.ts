import { SUBMIT_FAULTS } from '../directions/submit-faults.js';
import { readNumber, readText, type Fields } from '../fields.js';
import type { PictureRecipe } from '../media/render.js';
import type { GivenPicture } from './edit-pictures.js';
import { combinationFault } from './image-body.js';
import { imageModelRules } from './image-models.js';
import { imageSize } from './image-size.js';
import { requireModel } from './openai-body.js';
import { invalidRequest } from './openai-error.js';

/** What a stand-in of the Images API can show. */
export const IMAGE_FAULTS = [
  ...SUBMIT_FAULTS,
  'moderated',
  'fail',
  'truncated-output',
  'html-output',
] as const;

export interface ImageJob {
  /** Begins the names of the events of its stream. */
  readonly kind: 'image_generation' | 'image_edit';
  readonly model: string;
  readonly n: number;
  readonly width: number;
  readonly height: number;
  readonly quality: 'low' | 'medium' | 'high' | 'xhigh' | 'max';
  readonly format: PictureRecipe['format'];
  readonly transparent: boolean;
  /** Pictures on the way to each that is streamed; null: no stream. */
  readonly partialImages: number | null;
  /** What the pictures that were given are counted as. */
  readonly inputImageTokens: number;
}

/**
 * Pure. A checked body with its defaults filled in; `given`: the pictures to edit.
 * @throws OpenAiError where fields contradict each other.
 */
export function readImageJob(body: Fields, given: readonly GivenPicture[] | null): ImageJob {
  const model = readText(body, 'model');
  requireModel(model, 'image');
  const fault = combinationFault(model, body);
  if (fault) throw invalidRequest(fault.message, fault.param, 'invalid_value');
  const { anySize } = imageModelRules(model);
  const size = imageSize(readText(body, 'size', 'auto'), { anySize, like: given?.at(0) });
  if (!size.ok) {
    throw invalidRequest(`Invalid value for 'size': ${size.message}.`, 'size', 'invalid_value');
  }
  return {
    kind: given ? 'image_edit' : 'image_generation',
    model,
    n: readNumber(body, 'n', 1),
    width: size.width,
    height: size.height,
    ...lookOf(body),
    partialImages: body['stream'] === true ? readNumber(body, 'partial_images', 0) : null,
    inputImageTokens: (given ?? []).reduce((sum, picture) => sum + tokensOf(picture), 0),
  };
}

/** Quality, format and background with what stands for `auto`. */
export function lookOf(body: Fields): Pick<ImageJob, 'quality' | 'format' | 'transparent'> {
  const { quality, output_format: format } = body;
  return {
    quality: QUALITIES.find((known) => known === quality) ?? 'medium',
    format: format === 'jpeg' || format === 'webp' ? format : 'png',
    transparent: body['background'] === 'transparent',
  };
}

const QUALITIES = ['low', 'medium', 'high', 'xhigh', 'max'] as const;

/** One for each square of 32 pixels: near enough for a stand-in, and the same each time. */
const tokensOf = ({ width, height }: GivenPicture): number =>
  Math.ceil(width / 32) * Math.ceil(height / 32);
