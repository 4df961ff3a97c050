import { withDefaults } from '../input-defaults.js';
import { nonEmpty, numberAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { Json, JsonObject, MediaSlot, Prepared } from '../provider.js';
import { filmUsage } from './gemini-price.js';
import { picturesAt, pictureSlot } from './picture-in.js';

/**
 * `{call, model, body, priced}`: the model is a part of the vendor's path, and `priced` what one film
 * uses, for the handle. Sound cannot be switched off here.
 */
export function prepareVeoPreview(input: JsonObject, model: Model): Prepared {
  const filled = withDefaults(input, model);
  const seconds = numberAt(filled, 'duration') ?? 0;
  const resolution = textAt(filled, 'resolution') ?? '';
  const parameters = present({
    sampleCount: 1,
    durationSeconds: seconds,
    aspectRatio: textAt(filled, 'aspect_ratio'),
    resolution,
    negativePrompt: textAt(filled, 'negative_prompt'),
    personGeneration: textAt(objectAt(filled, 'provider_options'), 'personGeneration'),
  });
  const instance = { prompt: textAt(filled, 'prompt') ?? '', ...picturePlaces(input) };
  const usage = filmUsage(model.pricedAs, seconds, { resolution });
  const media = veoMedia(input);
  return {
    ok: true,
    request: {
      call: 'predictLongRunning',
      model: model.vendorModel,
      body: { instances: [instance], parameters },
      priced: { seconds, costNanoUsd: usage.costNanoUsd },
    },
    estimate: usage,
    ...(media.length === 0 ? {} : { media }),
  };
}

const PLACE: JsonObject = { bytesBase64Encoded: null, mimeType: null };

function picturePlaces(input: JsonObject): JsonObject {
  const references = nonEmpty(picturesAt(input, 'reference_image_urls'));
  return present({
    image: placeOf(input, 'first_frame_url'),
    lastFrame: placeOf(input, 'last_frame_url'),
    referenceImages: references?.map(() => ({ image: PLACE, referenceType: 'asset' })),
  });
}

const placeOf = (input: JsonObject, field: string): Json | undefined =>
  input[field] === undefined ? undefined : PLACE;

function veoMedia(input: JsonObject): readonly MediaSlot[] {
  const slots = (field: string, at: (index: number) => string): readonly MediaSlot[] =>
    picturesAt(input, field).map((picture, index) => {
      const place = `/body/instances/0/${at(index)}`;
      return pictureSlot(picture, {
        at: `${place}/bytesBase64Encoded`,
        mimeAt: `${place}/mimeType`,
      });
    });
  return [
    ...slots('first_frame_url', () => 'image'),
    ...slots('last_frame_url', () => 'lastFrame'),
    ...slots('reference_image_urls', (index) => `referenceImages/${index}/image`),
  ];
}
