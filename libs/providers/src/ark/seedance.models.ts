import {
  audiosField,
  choiceField,
  flagField,
  imageField,
  imagesField,
  inputSchema,
  integerField,
  promptField,
  providerOptionsField,
  seedField,
  videosField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';
import { pricedAsOf } from './ark-platform.js';
import { SEEDANCE, type Seedance } from './seedance.js';
import { seedanceRules } from './seedance-rules.js';
import { ADAPTIVE, FIXED_RATIOS } from './seedance-size.js';

/** The catalog's entries, made out of what each model can do. */
export const seedanceModels: readonly Model[] = SEEDANCE.map((seedance) => ({
  id: seedance.id,
  aliases: seedance.aliases,
  kind: 'video',
  vendorModel: seedance.vendorModel,
  inputSchema: inputSchema(fieldsOf(seedance), { rules: seedanceRules(seedance) }),
  example: {
    prompt: 'a lighthouse in a storm, slow push in',
    resolution: '480p',
    duration: seedance.seconds.min,
  },
  pricedAs: pricedAsOf(seedance.vendorModel),
  perCall: 1,
  ...(seedance.note === undefined ? {} : { note: seedance.note }),
  typicalSeconds: seedance.typicalSeconds,
  submitTimeoutSeconds: 60,
}));

function fieldsOf(seedance: Seedance): Readonly<Record<string, JsonObject>> {
  return {
    prompt: promptField(10_000, 'What to film; without settings in command-line style.'),
    first_frame_url: imageField('The picture that the film begins with.'),
    ...(seedance.lastFrame
      ? { last_frame_url: imageField('The picture that it ends with; needs first_frame_url.') }
      : {}),
    ...referenceFields(seedance.references),
    aspect_ratio: choiceField(
      [...FIXED_RATIOS, ADAPTIVE],
      'Shape of the film. 16:9 when left out; adaptive, the shape of the picture, with first_frame_url.',
    ),
    resolution: choiceField(seedance.resolutions, 'Lines of the film.', '720p'),
    duration: integerField(
      { min: seedance.seconds.min, max: seedance.seconds.max, default: 5 },
      'Seconds; each is charged.',
    ),
    ...(seedance.sound ? { generate_audio: flagField('Whether the film has sound.', true) } : {}),
    n: integerField({ min: 1, max: 4, default: 1 }, 'How many films; each is a job of its own.'),
    ...(seedance.seed ? { seed: seedField(4_294_967_295) } : {}),
    watermark: flagField("Whether the vendor's mark is on the film.", false),
    ...(seedance.seed
      ? {
          provider_options: providerOptionsField({
            camera_fixed: { type: 'boolean', description: 'Whether the camera stands still.' },
          }),
        }
      : {}),
  };
}

function referenceFields(references: Seedance['references']): Readonly<Record<string, JsonObject>> {
  if (!references) return {};
  const { images, videos, audios } = references;
  return {
    reference_image_urls: imagesField(
      images,
      'Pictures of what the film shows; the prompt may number them.',
    ),
    ...(videos > 0
      ? {
          reference_video_urls: videosField(
            videos,
            'Films to go by: mp4 or mov, 2 to 15 seconds each.',
          ),
          reference_audio_urls: audiosField(audios, 'Voices or music to go by: wav or mp3.'),
        }
      : {}),
  };
}
