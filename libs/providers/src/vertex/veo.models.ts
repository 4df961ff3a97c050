import {
  choiceField,
  flagField,
  imageField,
  imagesField,
  inputSchema,
  integerChoiceField,
  integerField,
  needs,
  negativePromptField,
  notTogether,
  promptField,
  providerOptionsField,
  seedField,
  whenThen,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';

interface Abilities {
  readonly resolutions: readonly string[];
  /** Whether it takes pictures of what is to be seen, instead of frames. */
  readonly references: boolean;
}

function veoSchema({ resolutions, references }: Abilities): JsonObject {
  return inputSchema(
    {
      prompt: promptField(32_000, 'What to film, with its sound.'),
      negative_prompt: negativePromptField(32_000),
      first_frame_url: imageField('The picture that the film begins with.'),
      last_frame_url: imageField('The picture that the film ends with; needs first_frame_url.'),
      ...(references ? { reference_image_urls: REFERENCES } : {}),
      aspect_ratio: choiceField(['16:9', '9:16'], 'Shape of the film.', '16:9'),
      resolution: choiceField(resolutions, 'Lines of the film.', '720p'),
      duration: integerChoiceField([4, 6, 8], 'Seconds; each is charged.', 8),
      generate_audio: flagField('Whether the film has sound.', true),
      n: integerField({ min: 1, max: 4, default: 1 }, 'How many films; each is charged.'),
      seed: seedField(4_294_967_295),
      provider_options: OPTIONS,
    },
    {
      rules: [needs('last_frame_url', 'first_frame_url'), ...(references ? REFERENCE_RULES : [])],
    },
  );
}

const REFERENCES: JsonObject = imagesField(
  3,
  'Pictures of a person, a figure or a thing that is to be seen; instead of frames, and for 8 seconds.',
);

const REFERENCE_RULES: readonly JsonObject[] = [
  notTogether('reference_image_urls', 'first_frame_url', 'last_frame_url'),
  whenThen(
    { at: 'duration', says: 'with reference_image_urls a film takes 8 seconds' },
    { reference_image_urls: {} },
    { duration: { const: 8 } },
  ),
];

/** Not here: `storageUri`, `pubsubTopic` (places of the operator's), and `enhancePrompt`, which Veo 3 takes as true alone. */
const OPTIONS: JsonObject = providerOptionsField({
  personGeneration: {
    enum: ['dont_allow', 'allow_adult', 'allow_all'],
    description: 'Which people may be seen; allow_all needs the approval of the vendor.',
  },
  compressionQuality: {
    enum: ['optimized', 'lossless'],
    description: 'How the file is compressed; lossless ones are many times larger.',
  },
  resizeMode: {
    enum: ['pad', 'crop'],
    description: 'How a first frame of another shape is made to fit.',
  },
});

function veo(id: string, vendorModel: string, abilities: Abilities): Model {
  return {
    id,
    aliases: [vendorModel],
    kind: 'video',
    vendorModel,
    inputSchema: veoSchema(abilities),
    example: { prompt: 'a paper boat on a rainy street', aspect_ratio: '16:9', duration: 4 },
    pricedAs: vendorModel,
    typicalSeconds: 90,
    submitTimeoutSeconds: 60,
  };
}

const ALL_RESOLUTIONS = ['720p', '1080p', '4k'] as const;

/** https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/veo/3-1-generate */
export const veoModels: readonly Model[] = [
  veo('veo-3-1', 'veo-3.1-generate-001', { resolutions: ALL_RESOLUTIONS, references: true }),
  veo('veo-3-1-fast', 'veo-3.1-fast-generate-001', {
    resolutions: ALL_RESOLUTIONS,
    references: true,
  }),
  veo('veo-3-1-lite', 'veo-3.1-lite-generate-001', {
    resolutions: ['720p', '1080p'],
    references: false,
  }),
];
