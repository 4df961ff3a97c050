import {
  choiceField,
  flagField,
  imageField,
  inputSchema,
  integerChoiceField,
  integerField,
  negativePromptField,
  promptField,
  seedField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';

const veoSchema: JsonObject = inputSchema({
  prompt: promptField(32_000, 'What to film, with its sound.'),
  negative_prompt: negativePromptField(32_000),
  first_frame_url: imageField('The picture that the film begins with.'),
  aspect_ratio: choiceField(['16:9', '9:16'], 'Shape of the film.', '16:9'),
  resolution: choiceField(['720p', '1080p', '4k'], 'Lines of the film.', '720p'),
  duration: integerChoiceField([4, 6, 8], 'Seconds; each is charged.', 8),
  generate_audio: flagField('Whether the film has sound.', true),
  n: integerField({ min: 1, max: 4, default: 1 }, 'How many films; each is charged.'),
  seed: seedField(4_294_967_295),
});

function veo(id: string, vendorModel: string): Model {
  return {
    id,
    aliases: [vendorModel],
    kind: 'video',
    vendorModel,
    inputSchema: veoSchema,
    example: { prompt: 'a paper boat on a rainy street', aspect_ratio: '16:9', duration: 8 },
    pricedAs: vendorModel,
    typicalSeconds: 90,
    submitTimeoutSeconds: 60,
  };
}

export const veoModels: readonly Model[] = [
  veo('veo-3-1', 'veo-3.1-generate-001'),
  veo('veo-3-1-fast', 'veo-3.1-fast-generate-001'),
];
