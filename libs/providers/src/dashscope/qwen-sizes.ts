import type { JsonObject } from '../json.js';
import {
  type ChosenSize,
  chooseSize,
  DEFAULT_RATIO,
  DEFAULT_RESOLUTION,
  parseSize,
  type PictureSize,
  type SizeLimits,
} from '../picture-size.js';

/** The sizes the vendor itself recommends for each shape; its 16:9 is 1664x928. */
const SIZES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '1K': {
    '1:1': '1328x1328',
    '16:9': '1664x928',
    '9:16': '928x1664',
    '4:3': '1472x1104',
    '3:4': '1104x1472',
  },
  '2K': {
    '1:1': '2048x2048',
    '16:9': '2688x1536',
    '9:16': '1536x2688',
    '4:3': '2368x1728',
    '3:4': '1728x2368',
  },
};

/** All that the oldest models and `-max` take. */
export const LISTED_SIZES: readonly string[] = Object.values(SIZES['1K'] ?? {});

/**
 * The size to ask for; undefined where pictures are given and nothing is said: the result has the shape of
 * the last one then, which no size could say.
 */
export function qwenSize(input: JsonObject, vendorModel: string): ChosenSize {
  const limits = vendorModel.startsWith('qwen-image-edit') ? EDIT_LIMITS : FREE_LIMITS;
  const chosen = chooseSize(input, limits, sizeOf);
  if (!chosen.ok || chosen.size || input['image_urls'] !== undefined) return chosen;
  return { ok: true, size: sizeOf(DEFAULT_RATIO, DEFAULT_RESOLUTION) };
}

function sizeOf(ratio: string, resolution: string): PictureSize | undefined {
  return parseSize(SIZES[resolution]?.[ratio] ?? '');
}

/** Total pixels as the vendor limits them; it would round other edges to 16, so those are refused. */
const FREE_LIMITS: SizeLimits = {
  multipleOf: 16,
  minEdge: 16,
  maxEdge: Number.POSITIVE_INFINITY,
  minPixels: 512 * 512,
  maxPixels: 2048 * 2048,
  maxRatio: Number.POSITIVE_INFINITY,
};

/** The edit models are limited by the edge. */
const EDIT_LIMITS: SizeLimits = { ...FREE_LIMITS, minEdge: 512, maxEdge: 2048 };
