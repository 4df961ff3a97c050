import {
  choiceField,
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
  whenThen,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';

const EIGHT_SECONDS = { duration: { const: 8 } } as const;

function veoSchema(resolutions: readonly string[], takesReferences: boolean): JsonObject {
  const large = resolutions.filter((resolution) => resolution !== '720p');
  return inputSchema(
    {
      prompt: promptField(32_000, 'What to film, with its sound.'),
      negative_prompt: negativePromptField(32_000),
      first_frame_url: imageField('The picture that the film begins with.'),
      last_frame_url: imageField('The picture that the film ends with.'),
      ...(takesReferences ? { reference_image_urls: REFERENCES } : {}),
      aspect_ratio: choiceField(['16:9', '9:16'], 'Shape of the film.', '16:9'),
      resolution: choiceField(resolutions, 'Lines of the film.', '720p'),
      duration: integerChoiceField([4, 6, 8], 'Seconds; each is charged.', 8),
      n: integerField({ min: 1, max: 4, default: 1 }, 'How many films; each is charged.'),
      provider_options: providerOptionsField({
        personGeneration: choiceField(
          ['allow_all', 'allow_adult', 'dont_allow'],
          'Whether people may be seen.',
        ),
      }),
    },
    {
      rules: [
        needs('last_frame_url', 'first_frame_url'),
        whenThen(
          { at: 'duration', says: `resolution ${large.join(' and ')} take 8 seconds only` },
          { resolution: { enum: large } },
          EIGHT_SECONDS,
        ),
        ...(takesReferences ? REFERENCE_RULES : []),
      ],
    },
  );
}

const REFERENCES = imagesField(3, 'Pictures of what is to be seen.');
const REFERENCE_RULES = [
  notTogether('reference_image_urls', 'first_frame_url', 'last_frame_url'),
  whenThen(
    { at: 'duration', says: 'reference_image_urls take 8 seconds only' },
    { reference_image_urls: {} },
    EIGHT_SECONDS,
  ),
];

interface Preview {
  readonly id: string;
  readonly vendorModel: string;
  readonly inputSchema: JsonObject;
}

const preview = (entry: Preview): Model => ({
  ...entry,
  aliases: [entry.vendorModel],
  kind: 'video',
  example: { prompt: 'a paper boat on a rainy street', aspect_ratio: '16:9', duration: 4 },
  pricedAs: entry.vendorModel,
  perCall: 1,
  retired: { host: 'generativelanguage.googleapis.com', since: '2026-10-22' },
  note: "For compatible hosts (GEMINI_BASE_URL), at Google's list price; theirs may be another. Google's own is veo-3-1 on Vertex AI.",
  typicalSeconds: 90,
  submitTimeoutSeconds: 60,
});

export const veoPreviewModels: readonly Model[] = [
  preview({
    id: 'veo-3-1-preview',
    vendorModel: 'veo-3.1-generate-preview',
    inputSchema: veoSchema(['720p', '1080p', '4k'], true),
  }),
  preview({
    id: 'veo-3-1-fast-preview',
    vendorModel: 'veo-3.1-fast-generate-preview',
    inputSchema: veoSchema(['720p', '1080p', '4k'], true),
  }),
  preview({
    id: 'veo-3-1-lite-preview',
    vendorModel: 'veo-3.1-lite-generate-preview',
    inputSchema: veoSchema(['720p', '1080p'], false),
  }),
];
