import { withDefaults } from '../input-defaults.js';
import { numberAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { JsonObject, MediaSlot, Prepared } from '../provider.js';
import { timesFilms, usagePerFilm } from './veo-price.js';

/** `{model, body}`: the model is a part of the vendor's path. Every charged choice is said outright. */
export function prepareVeo(input: JsonObject, model: Model): Prepared {
  const filled = withDefaults(input, model);
  const parameters = present({
    sampleCount: numberAt(filled, 'n'),
    durationSeconds: numberAt(filled, 'duration'),
    aspectRatio: textAt(filled, 'aspect_ratio'),
    resolution: textAt(filled, 'resolution'),
    generateAudio: filled['generate_audio'],
    negativePrompt: textAt(filled, 'negative_prompt'),
    seed: numberAt(filled, 'seed'),
  });
  const media = veoMedia(input);
  const prompt = textAt(filled, 'prompt') ?? '';
  const image = media.length === 0 ? {} : { image: { bytesBase64Encoded: null, mimeType: null } };
  const body = { instances: [{ prompt, ...image }], parameters };
  const films = numberAt(filled, 'n') ?? 1;
  return {
    ok: true,
    request: { model: model.vendorModel, body },
    estimate: timesFilms(usagePerFilm(model.vendorModel, parameters), films),
    ...(media.length === 0 ? {} : { media }),
  };
}

/** Unverified; the vendor's pages name 20 MB for pictures elsewhere. */
const MAX_PICTURE_BYTES = 20 * 1024 * 1024;

function veoMedia(input: JsonObject): readonly MediaSlot[] {
  const source = textAt(input, 'first_frame_url');
  if (source === undefined) return [];
  return [
    {
      at: '/body/instances/0/image/bytesBase64Encoded',
      mimeAt: '/body/instances/0/image/mimeType',
      field: 'input.first_frame_url',
      source,
      kind: 'image',
      as: 'base64',
      maxBytes: MAX_PICTURE_BYTES,
    },
  ];
}
