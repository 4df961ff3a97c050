import {
  choiceField,
  imageField,
  imagesField,
  inputSchema,
  integerField,
  needs,
  promptField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';

function omniSchema(maxSeconds: number): JsonObject {
  return inputSchema(
    {
      prompt: promptField(32_000, 'What to film, with its sound; also what must not be seen.'),
      first_frame_url: imageField('The picture that the film begins with.'),
      last_frame_url: imageField('The picture that the film ends with.'),
      reference_image_urls: imagesField(
        6,
        'Pictures of what is to be seen; the prompt may name them <IMAGE_REF_0>, <IMAGE_REF_1>, …',
      ),
      aspect_ratio: choiceField(['16:9', '9:16'], 'Shape of the film.', '16:9'),
      resolution: choiceField(['360p', '720p', '1080p', '4k'], 'Lines of the film.', '720p'),
      duration: integerField({ min: 3, max: maxSeconds, default: 5 }, 'Seconds; each is charged.'),
      n: integerField({ min: 1, max: 4, default: 1 }, 'How many films; each is charged.'),
    },
    { rules: [needs('last_frame_url', 'first_frame_url')] },
  );
}

function omni(id: string, vendorModel: string, maxSeconds: number, aliases: string[]): Model {
  return {
    id,
    aliases,
    kind: 'video',
    vendorModel,
    inputSchema: omniSchema(maxSeconds),
    example: {
      prompt: 'a paper boat on a rainy street, one unbroken shot',
      aspect_ratio: '16:9',
      resolution: '360p',
      duration: 3,
    },
    pricedAs: vendorModel,
    perCall: 1,
    typicalSeconds: 60,
    submitTimeoutSeconds: 60,
    submitSafety: 'hook-correlates',
  };
}

/** `gemini-omni` is the one that Google's own libraries take where none is named, since 2026-11-10. */
export const omniModels: readonly Model[] = [
  omni('gemini-omni-1-2-flash', 'gemini-omni-1.2-flash', 15, ['gemini-omni', 'gemini-omni-flash']),
  omni('gemini-omni-1-1-flash', 'gemini-omni-1.1-flash', 10, []),
];
