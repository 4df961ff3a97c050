import { listAt, textAt } from '../json.js';
import type { JsonObject, MediaSlot } from '../provider.js';

/** A picture that the input names, by its field. */
export interface PictureIn {
  readonly field: string;
  readonly source: string;
}

/** Those of a field that are there: one text, or a list of them. */
export function picturesAt(input: JsonObject, name: string): readonly PictureIn[] {
  const single = textAt(input, name);
  if (single !== undefined) return [{ field: `input.${name}`, source: single }];
  return listAt(input, name).map((source, index) => ({
    field: `input.${name}.${index}`,
    source: String(source),
  }));
}

/** Where in the request a picture and its type go, as JSON Pointers. */
export interface Place {
  readonly at: string;
  readonly mimeAt: string;
}

/** Google takes a picture as bare base64 with its type beside. */
export const pictureSlot = ({ field, source }: PictureIn, place: Place): MediaSlot => ({
  ...place,
  field,
  source,
  kind: 'image',
  as: 'base64',
  maxBytes: MAX_PICTURE_BYTES,
  accepts: PICTURE_TYPES,
});

/** Of one picture inside a request: docs.cloud.google.com, Gemini image models, technical specifications. */
const MAX_PICTURE_BYTES = 7 * 1024 * 1024;

const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif'];
