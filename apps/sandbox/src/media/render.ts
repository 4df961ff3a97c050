import { encodeH264 } from './h264.js';
import { encodeJpeg } from './jpeg.js';
import { muxMp4 } from './mp4.js';
import { encodePng } from './png.js';
import { RecentMap } from '../recent-map.js';
import { backgroundFor, drawText } from './text-grid.js';
import { encodeWebp } from './webp.js';

export interface PictureRecipe {
  readonly kind: 'picture';
  readonly format: 'png' | 'jpeg' | 'webp';
  /** Pixels; the picture has exactly this size. */
  readonly width: number;
  readonly height: number;
  readonly text: string;
  readonly transparent?: boolean;
}

interface MovieRecipe {
  readonly kind: 'movie';
  readonly aspectRatio: AspectRatio;
  readonly seconds: number;
  readonly text: string;
}

/** How a result is made when somebody fetches it; the bytes are the same each time. */
export type Recipe = PictureRecipe | MovieRecipe;

/** Movies are thumbnails: the ratio is the one asked for, the pixels are few so that a fetch stays cheap. */
const MOVIE_SIZE = {
  '16:9': [320, 180],
  '9:16': [180, 320],
  '1:1': [240, 240],
  '4:3': [320, 240],
  '3:4': [240, 320],
  '4:5': [256, 320],
  '5:4': [320, 256],
  '21:9': [420, 180],
  '9:21': [180, 420],
} as const satisfies Record<string, readonly [number, number]>;
export type AspectRatio = keyof typeof MOVIE_SIZE;
export const ASPECT_RATIOS: readonly AspectRatio[] = [
  '16:9',
  '9:16',
  '1:1',
  '4:3',
  '3:4',
  '4:5',
  '5:4',
  '21:9',
  '9:21',
];

const FRAMES_PER_SECOND = 24;
const JPEG_BLOCK = 8;
const KEPT_RENDERINGS = 256;
const renderings = new RecentMap<Buffer>(KEPT_RENDERINGS);

export function render(recipe: Recipe): Buffer {
  const key = JSON.stringify(recipe);
  const known = renderings.get(key);
  if (known) return known;
  const bytes = recipe.kind === 'picture' ? renderPicture(recipe) : renderMovie(recipe);
  renderings.set(key, bytes);
  return bytes;
}

export const mimeOf = (recipe: Recipe): string =>
  recipe.kind === 'movie' ? 'video/mp4' : `image/${recipe.format}`;

function renderPicture({
  format,
  text,
  width,
  height,
  transparent = false,
}: PictureRecipe): Buffer {
  switch (format) {
    case 'png':
      return encodePng(drawText(text, { width, height }), {
        background: backgroundFor(text),
        transparent,
      });
    case 'jpeg':
      return encodeJpeg(drawText(text, { width, height, step: JPEG_BLOCK }));
    case 'webp':
      return encodeWebp(drawText(text, { width, height }), { transparent });
  }
}

function renderMovie({ aspectRatio, seconds, text }: MovieRecipe): Buffer {
  const [width, height] = MOVIE_SIZE[aspectRatio];
  const [red, , blue] = backgroundFor(text);
  const video = encodeH264(drawText(text, { width, height }), [96 + (blue % 64), 96 + (red % 64)]);
  return muxMp4({
    video,
    width,
    height,
    frames: seconds * FRAMES_PER_SECOND,
    framesPerSecond: FRAMES_PER_SECOND,
  });
}
