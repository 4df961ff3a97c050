import { ASPECT_RATIOS, type AspectRatio } from '../media/render.js';

export const SIZES_480P = ['832*480', '480*832', '624*624'] as const;
export const SIZES_720P = ['1280*720', '720*1280', '960*960', '1088*832', '832*1088'] as const;
export const SIZES_1080P = [
  '1920*1080',
  '1080*1920',
  '1440*1440',
  '1632*1248',
  '1248*1632',
] as const;

/** Pure. The class of a measure and the nearest ratio that films are made in here. */
export function shapeOfSize(size: string): {
  readonly resolution: string;
  readonly ratio: AspectRatio;
} {
  return { resolution: classOf(size), ratio: nearestRatio(size) };
}

function classOf(size: string): string {
  if (SIZES_480P.some((one) => one === size)) return '480P';
  return SIZES_720P.some((one) => one === size) ? '720P' : '1080P';
}

function nearestRatio(size: string): AspectRatio {
  const wanted = quotient(size, '*');
  const [nearest = '16:9'] = ASPECT_RATIOS.toSorted(
    (a, b) => Math.abs(quotient(a, ':') - wanted) - Math.abs(quotient(b, ':') - wanted),
  );
  return nearest;
}

function quotient(pair: string, separator: string): number {
  const [width = 1, height = 1] = pair.split(separator).map(Number);
  return width / height;
}
