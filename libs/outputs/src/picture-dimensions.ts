import { imageSize } from 'image-size';
import type { Dimensions } from './media-check.js';
import type { MediaType } from './media-type.js';

/** Width and height of a picture by its first bytes; null where they do not tell, or it is no picture. */
export function pictureDimensions(media: MediaType, head: Buffer): Dimensions | null {
  if (media.kind !== 'image') return null;
  try {
    const { width, height } = imageSize(head);
    return { width, height };
  } catch {
    // Dimensions are a courtesy: a picture whose header is odd is still the picture that was paid for.
    return null;
  }
}
