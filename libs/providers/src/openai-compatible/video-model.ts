import {
  choiceField,
  imageField,
  inputSchema,
  integerChoiceField,
  integerField,
  promptField,
  sizeField,
} from '../input-fields.js';
import type { JsonObject } from '../json.js';
import type { Model } from '../model.js';
import type { NamedModel } from './named-model.js';
import { openOptionsField, UNKNOWN_UPSTREAM } from './open-options-field.js';
import { soraLimits } from './sora-2.js';

/** A model behind `/videos`. */
export function compatibleVideoModel({ id, vendorModel, namedBy }: NamedModel): Model {
  return {
    id,
    aliases: [],
    kind: 'video',
    vendorModel,
    namedBy,
    inputSchema: inputSchema({
      prompt: promptField(32_000),
      ...lengthAndSize(vendorModel),
      first_frame_url: imageField(
        'The picture to begin with, of the size of the film: PNG, JPEG or WebP.',
      ),
      n: integerField({ min: 1, max: 4, default: 1 }, 'How many films; each is a job of its own.'),
      provider_options: openOptionsField(),
    }),
    example: { prompt: 'a paper boat drifts down a rainy street', duration: 4 },
    pricedAs: `openai-compatible/${vendorModel}`,
    perCall: 1,
    note: UNKNOWN_UPSTREAM,
    typicalSeconds: 120,
    submitTimeoutSeconds: 60,
  };
}

/** What the protocol makes when no length is named. */
export const DEFAULT_SECONDS = 4;

function lengthAndSize(vendorModel: string): Readonly<Record<string, JsonObject>> {
  const known = soraLimits(vendorModel);
  if (known) {
    return {
      duration: integerChoiceField(known.seconds, 'Seconds.', DEFAULT_SECONDS),
      size: choiceField(known.sizes, 'Width x height in pixels.', '720x1280'),
    };
  }
  return {
    duration: integerField(
      { min: 1, max: 60 },
      'Seconds. Without it, the upstream chooses: 4 by the protocol.',
    ),
    size: sizeField('64 to 4096 an edge, and what the upstream makes'),
  };
}
