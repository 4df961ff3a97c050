import { withDefaults } from '../input-defaults.js';
import { numberAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { JsonObject, Prepared } from '../provider.js';
import { veoMedia } from './veo-media.js';
import { timesFilms, usagePerFilm } from './veo-price.js';

/** `{model, body}`: the model is a part of the vendor's path. Every charged choice is said outright. */
export function prepareVeo(input: JsonObject, model: Model): Prepared {
  const filled = withDefaults(input, model);
  const parameters = present({
    ...objectAt(filled, 'provider_options'),
    sampleCount: numberAt(filled, 'n'),
    durationSeconds: numberAt(filled, 'duration'),
    aspectRatio: textAt(filled, 'aspect_ratio'),
    resolution: textAt(filled, 'resolution'),
    generateAudio: filled['generate_audio'],
    negativePrompt: textAt(filled, 'negative_prompt'),
    seed: numberAt(filled, 'seed'),
  });
  const { places, slots } = veoMedia(input);
  const instance = { prompt: textAt(filled, 'prompt') ?? '', ...places };
  const films = numberAt(filled, 'n') ?? 1;
  return {
    ok: true,
    request: { model: model.vendorModel, body: { instances: [instance], parameters } },
    estimate: timesFilms(usagePerFilm(model.vendorModel, parameters), films),
    ...(slots.length === 0 ? {} : { media: slots }),
  };
}
