import {
  flagField,
  integerField,
  imageField,
  imagesField,
  seedField,
  videoField,
} from '../input-fields.js';
import type { JsonObject } from '../provider.js';

export const MAX_SEED = 2_147_483_647;

/** Fields that mean the same with every model of films. */
export const FILM_FIELDS = {
  n: integerField(
    { min: 1, max: 4, default: 1 },
    'How many films; each is made and charged by itself.',
  ),
  seed: seedField(MAX_SEED),
  watermark: flagField('Whether the vendor marks the film.', false),
  promptExtend: flagField('Whether the vendor may elaborate the prompt.', true),
  firstFrame: imageField('The picture that the film begins with, which also sets its shape.'),
  lastFrame: imageField('The picture that the film ends with; needs first_frame_url.'),
  sourceFilm: videoField('The film to change by the prompt; it sets the shape and the length.'),
} as const satisfies Record<string, JsonObject>;

/** Whom or what to show; the prompt names them in their order. */
export function referencesField(max: number, called: string): JsonObject {
  return imagesField(max, `Pictures of whom or what to show, ${called} in the prompt.`);
}
