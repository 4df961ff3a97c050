import { readNumber, readText, type Fields } from '../fields.js';
import type { PictureRecipe } from '../media/render.js';
import { COMBINATION_RULES, imageSize } from './image-body.js';
import { requireModel } from './openai-body.js';
import { invalidRequest } from './openai-error.js';

export interface ImageJob {
  readonly model: string;
  readonly n: number;
  readonly width: number;
  readonly height: number;
  readonly quality: 'low' | 'medium' | 'high';
  readonly format: PictureRecipe['format'];
  readonly transparent: boolean;
}

/** Pure. A checked body with its defaults filled in. @throws OpenAiError where fields contradict each other. */
export function readImageJob(body: Fields): ImageJob {
  const model = readText(body, 'model');
  requireModel(model, 'image');
  const broken = COMBINATION_RULES.find((rule) => rule.breaks(body));
  if (broken) throw invalidRequest(broken.message, broken.param, 'invalid_value');
  const size = imageSize(model, readText(body, 'size', 'auto'));
  if (!size.ok) {
    throw invalidRequest(`Invalid value for 'size': ${size.message}.`, 'size', 'invalid_value');
  }
  const { quality, output_format: format } = body;
  return {
    model,
    n: readNumber(body, 'n', 1),
    width: size.width,
    height: size.height,
    quality: quality === 'low' || quality === 'high' ? quality : 'medium',
    format: format === 'jpeg' || format === 'webp' ? format : 'png',
    transparent: body['background'] === 'transparent',
  };
}
