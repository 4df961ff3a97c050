const FIXED_SIZES = ['1024x1024', '1536x1024', '1024x1536'] as const;
const MAX_EDGE = 3840;
const PIXELS = [655_360, 8_294_400] as const;

export type ImageSize =
  | { readonly ok: true; readonly width: number; readonly height: number }
  | { readonly ok: false; readonly message: string };

/**
 * Pure. What a model makes of `size`: the second generation takes any multiple of 16 within its bounds,
 * the first one three. `auto` follows the picture that is edited.
 */
export function imageSize(
  size: string,
  { anySize, like }: { readonly anySize: boolean; readonly like?: Measures | undefined },
): ImageSize {
  if (size === 'auto') return { ok: true, ...measuresOf(fixedSizeLike(like)) };
  const { width, height } = measuresOf(size);
  const message = anySize ? flexibleProblem(width, height) : fixedProblem(`${width}x${height}`);
  return message === null ? { ok: true, width, height } : { ok: false, message };
}

export interface Measures {
  readonly width: number;
  readonly height: number;
}

function measuresOf(size: string): Measures {
  const [width = 0, height = 0] = size.split('x').map(Number);
  return { width, height };
}

function fixedSizeLike(like: Measures | undefined): string {
  const [square, wide, tall] = FIXED_SIZES;
  if (!like || like.width === like.height) return square;
  return like.width > like.height ? wide : tall;
}

function flexibleProblem(width: number, height: number): string | null {
  if (width === 0 || height === 0 || width % 16 !== 0 || height % 16 !== 0) {
    return 'width and height must be divisible by 16';
  }
  if (Math.max(width, height) > 3 * Math.min(width, height))
    return 'the aspect ratio must be between 1:3 and 3:1';
  if (Math.max(width, height) > MAX_EDGE) return `no edge may be longer than ${MAX_EDGE}`;
  const [fewest, most] = PIXELS;
  const pixels = width * height;
  if (pixels >= fewest && pixels <= most) return null;
  return `the size must have from ${fewest} to ${most} pixels`;
}

const fixedProblem = (size: string): string | null =>
  FIXED_SIZES.some((fixed) => fixed === size)
    ? null
    : `must be one of ${FIXED_SIZES.join(', ')}, auto`;
