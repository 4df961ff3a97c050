import type { InputIssue, JsonObject } from './provider.js';
import { textAt } from './json.js';

/** A picture's measures in pixels. */
export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** What a vendor can express; anything else is refused, never rounded. Infinity: no such limit. */
export interface SizeLimits {
  readonly multipleOf: number;
  readonly minEdge: number;
  readonly maxEdge: number;
  readonly minPixels: number;
  readonly maxPixels: number;
  /** Longest edge divided by the shortest. */
  readonly maxRatio: number;
}

export type ChosenSize =
  | { readonly ok: true; readonly size: PictureSize | undefined }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

/** `1664x928` as numbers; undefined for any other text. */
export function parseSize(text: string): PictureSize | undefined {
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text);
  if (!match) return undefined;
  const size = { width: Number(match[1]), height: Number(match[2]) };
  return size.width > 0 && size.height > 0 ? size : undefined;
}

/** What is wrong with a size, as a sentence; undefined when the vendor can make exactly this one. */
export function sizeFault(size: PictureSize, limits: SizeLimits): string | undefined {
  const { width, height } = size;
  const pixels = width * height;
  const [short, long] = width < height ? [width, height] : [height, width];
  const fits =
    width % limits.multipleOf === 0 &&
    height % limits.multipleOf === 0 &&
    short >= limits.minEdge &&
    long <= limits.maxEdge &&
    pixels >= limits.minPixels &&
    pixels <= limits.maxPixels &&
    long <= short * limits.maxRatio;
  return fits ? undefined : `${width}x${height} cannot be made; ${describeLimits(limits)}`;
}

/** For people: the limits in one clause. */
function describeLimits(limits: SizeLimits): string {
  const { minEdge, maxEdge } = limits;
  const parts = [
    `both edges multiples of ${limits.multipleOf}`,
    Number.isFinite(maxEdge)
      ? `${minEdge} to ${maxEdge} pixels an edge`
      : `at least ${minEdge} pixels an edge`,
    `${limits.minPixels} to ${limits.maxPixels} pixels in all`,
  ];
  if (Number.isFinite(limits.maxRatio)) parts.push(`no longer than ${limits.maxRatio}:1`);
  return parts.join(', ');
}

/**
 * The size an input asks for: `size` as it is, or what `sizeOf` knows for its `aspect_ratio` and
 * `resolution`; undefined when the input names none of them. `size` beside one of the two others
 * is refused, because one of them would have to lose.
 */
export function chooseSize(
  input: JsonObject,
  limits: SizeLimits,
  sizeOf: (ratio: string, resolution: string) => PictureSize | undefined,
): ChosenSize {
  const text = textAt(input, 'size');
  const rivals = ['aspect_ratio', 'resolution'].filter((name) => input[name] !== undefined);
  if (text !== undefined && rivals.length > 0) {
    return refused(
      'size',
      `size already says the shape; leave out ${rivals.join(' and ')}, or size`,
    );
  }
  if (text !== undefined) return exactSize(text, limits);
  if (rivals.length === 0) return { ok: true, size: undefined };
  const ratio = textAt(input, 'aspect_ratio') ?? DEFAULT_RATIO;
  const resolution = textAt(input, 'resolution') ?? DEFAULT_RESOLUTION;
  const size = sizeOf(ratio, resolution);
  if (size) return { ok: true, size };
  return refused('aspect_ratio', `${ratio} at ${resolution} cannot be made exactly; give size`);
}

/** What an input means that names one of `aspect_ratio` and `resolution` but not the other. */
export const DEFAULT_RATIO = '1:1';
export const DEFAULT_RESOLUTION = '1K';

function exactSize(text: string, limits: SizeLimits): ChosenSize {
  const size = parseSize(text);
  if (!size) return refused('size', `"${text}" is no size; write it like 1024x1024`);
  const fault = sizeFault(size, limits);
  return fault === undefined ? { ok: true, size } : refused('size', fault);
}

function refused(field: string, message: string): ChosenSize {
  return { ok: false, issues: [{ path: `input.${field}`, message }] };
}
