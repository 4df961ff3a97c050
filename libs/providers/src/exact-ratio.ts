import type { PictureSize, SizeLimits } from './picture-size.js';

/** The shapes offered by vendors that take any width and height; each has an exact size at every class. */
export const ASPECT_RATIOS = [
  '1:1',
  '3:2',
  '2:3',
  '4:3',
  '3:4',
  '5:4',
  '4:5',
  '16:9',
  '9:16',
  '2:1',
  '1:2',
  '21:9',
  '9:21',
] as const;

/**
 * The largest size within the limits and `maxPixels` whose shape is exactly `ratio`; undefined when
 * there is none. 16:9 in a million pixels on a grid of 16 is 1280x720, never 1360x768.
 */
export function largestExactSize(
  ratio: string,
  maxPixels: number,
  limits: SizeLimits,
): PictureSize | undefined {
  const step = smallestStep(ratio, limits.multipleOf);
  if (!step) return undefined;
  const budget = Math.min(maxPixels, limits.maxPixels);
  const factor = Math.floor(
    Math.min(
      Math.sqrt(budget / (step.width * step.height)),
      limits.maxEdge / Math.max(step.width, step.height),
    ),
  );
  return factor < 1 ? undefined : { width: step.width * factor, height: step.height * factor };
}

/** The smallest rectangle of exactly this shape on the grid; all others are its multiples. */
function smallestStep(ratio: string, multipleOf: number): PictureSize | undefined {
  const match = /^([1-9]\d{0,2}):([1-9]\d{0,2})$/.exec(ratio);
  if (!match) return undefined;
  const [across, down] = [Number(match[1]), Number(match[2])];
  const divisor = greatestCommonDivisor(across, down);
  return { width: (across / divisor) * multipleOf, height: (down / divisor) * multipleOf };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
