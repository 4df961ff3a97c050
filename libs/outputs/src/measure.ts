import { checkFor } from './check-for.js';
import type { Dimensions } from './media-check.js';
import type { MediaType } from './media-type.js';
import { pictureDimensions } from './picture-dimensions.js';

/** Width and height of a file that is here as a whole; null where it does not tell. */
export function measure(media: MediaType, bytes: Buffer): Dimensions | null {
  const check = checkFor(media.container, media.mime);
  check.add(bytes);
  return check.dimensions() ?? pictureDimensions(media, bytes);
}
