import { type Dimensions, measure, MEDIA_KINDS, sniffMediaType } from '@app/outputs';
import type { MediaPixels, MediaSlot } from '@app/providers';
import { MediaError } from './media-error.js';

/**
 * The type of a fetched file, by its bytes, when it is what its place in the request takes.
 * @throws MediaError saying what it is and what is taken
 */
export async function judgeMedia(bytes: Buffer, slot: MediaSlot): Promise<string> {
  const { kind, accepts, pixels } = slot;
  const media = await sniffMediaType(bytes);
  if (media?.kind !== kind || (accepts && !accepts.includes(media.mime))) {
    const needed = accepts ? accepts.join(' or ') : MEDIA_KINDS[kind];
    const found = media ? `it is ${media.mime}` : 'its bytes are of no type that is taken';
    throw new MediaError(`${needed} is needed; ${found}`, false);
  }
  const fault = pixels && faultOf(measure(media, bytes), pixels);
  if (fault) throw new MediaError(fault, false);
  return media.mime;
}

/** What is wrong with the measures, and what is taken; null: nothing. */
export function faultOf(size: Dimensions | null, limits: MediaPixels): string | null {
  if (!size || size.width === 0 || size.height === 0) {
    return 'its width and height cannot be read';
  }
  const { minEdge = 0, maxEdge = Infinity, maxRatio = Infinity } = limits;
  const short = Math.min(size.width, size.height);
  const long = Math.max(size.width, size.height);
  const isTaken = short >= minEdge && long <= maxEdge && long <= maxRatio * short;
  return isTaken ? null : `it is ${size.width}x${size.height} pixels; ${taken(limits)}`;
}

function taken({ minEdge, maxEdge, maxRatio }: MediaPixels): string {
  const edges = [
    ...(minEdge === undefined ? [] : [`at least ${minEdge}`]),
    ...(maxEdge === undefined ? [] : [`at most ${maxEdge}`]),
  ];
  const rules = [
    ...(edges.length === 0 ? [] : [`edges of ${edges.join(' and ')} pixels`]),
    ...(maxRatio === undefined ? [] : [`a longest edge of at most ${maxRatio} times the shortest`]),
  ];
  return `${rules.join(', and ')} are taken`;
}
