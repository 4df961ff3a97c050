import { listAt, textAt } from '../json.js';
import type { JsonObject, MediaSlot } from '../provider.js';

/** What a model calls the pictures given to it; `image` is the one to change, with a mask beside it. */
export type FluxPictures = 'input_image' | 'image_prompt' | 'image';

/** Where the body of a request is. */
export const BODY = '/body/';

/** The vendor's figure for the Kontext models; for the others it names none. */
const MAX_PICTURE_BYTES = 20 * 1024 * 1024;
const TYPES = ['image/png', 'image/jpeg', 'image/webp'] as const;

/** `input_image`, `input_image_2`, … each in base64 and without a data URL's head. */
export function fluxMedia(name: FluxPictures, input: JsonObject): readonly MediaSlot[] {
  const pictures = listAt(input, 'image_urls').map((source, index) => {
    const place = index === 0 ? name : `${name}_${index + 1}`;
    return slot(place, `input.image_urls.${index}`, String(source));
  });
  const mask = textAt(input, 'mask_url');
  return mask === undefined ? pictures : [...pictures, slot('mask', 'input.mask_url', mask)];
}

function slot(place: string, field: string, source: string): MediaSlot {
  return {
    at: `${BODY}${place}`,
    field,
    source,
    kind: 'image',
    as: 'base64',
    maxBytes: MAX_PICTURE_BYTES,
    accepts: TYPES,
  };
}
