import { withDefaults } from '../input-defaults.js';
import { numberAt, objectAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { InputIssue, JsonObject, Prepared } from '../provider.js';
import { estimateFluxNanoUsd } from './bfl-price.js';
import { BODY, fluxMedia, type FluxPictures } from './flux-pictures.js';
import { type FluxShape, shapeOf } from './flux-size.js';

/** `{model, body}`: the model is a part of the vendor's path. One picture a call, whatever `n` says. */
export function prepareFlux(input: JsonObject, model: Model): Prepared {
  const dialect = DIALECTS[model.vendorModel] ?? FLUX_2;
  const filled = withDefaults(input, model);
  const shaped = shapeOf(dialect.shape, input, filled);
  if (!shaped.ok) return shaped;
  const options = objectAt(filled, 'provider_options');
  const issues = dialect.shape === 'picture' ? sidesMissing(model, options) : [];
  if (issues.length > 0) return { ok: false, issues };
  const media = fluxMedia(dialect.pictures, input);
  const body = present({
    ...options,
    prompt: textAt(filled, 'prompt'),
    ...Object.fromEntries(media.map(({ at }) => [at.slice(BODY.length), null])),
    ...shaped.fields,
    prompt_upsampling: filled['prompt_extend'],
    seed: numberAt(filled, 'seed'),
    output_format: textAt(filled, 'output_format'),
    safety_tolerance: numberAt(filled, 'safety'),
  });
  const order = { size: shaped.size, pictures: media.length };
  return {
    ok: true,
    request: { model: model.vendorModel, body },
    estimate: {
      unit: 'image',
      quantity: 1,
      costNanoUsd: estimateFluxNanoUsd(model.vendorModel, order),
    },
    ...(media.length === 0 ? {} : { media }),
  };
}

/** What differs between the models, by the vendor's own name of each. */
interface Dialect {
  readonly shape: FluxShape;
  readonly pictures: FluxPictures;
}

const FLUX_2: Dialect = { shape: 'grid-16', pictures: 'input_image' };
const DIALECTS: Readonly<Record<string, Dialect>> = {
  'flux-kontext-pro': { shape: 'ratio', pictures: 'input_image' },
  'flux-kontext-max': { shape: 'ratio', pictures: 'input_image' },
  'flux-pro-1.1': { shape: 'grid-32', pictures: 'image_prompt' },
  'flux-dev': { shape: 'grid-32', pictures: 'image_prompt' },
  'flux-pro-1.1-ultra': { shape: 'ratio', pictures: 'image_prompt' },
  'flux-pro-1.0-fill': { shape: 'picture', pictures: 'image' },
  'flux-pro-1.0-expand': { shape: 'picture', pictures: 'image' },
};

const SIDES = ['top', 'bottom', 'left', 'right'] as const;

/** The vendor would take an expansion by nothing, and charge for it. */
function sidesMissing(model: Model, options: JsonObject): readonly InputIssue[] {
  if (model.vendorModel !== 'flux-pro-1.0-expand') return [];
  if (SIDES.some((side) => (numberAt(options, side) ?? 0) > 0)) return [];
  const message = `nothing is to be added; give at least one of ${SIDES.join(', ')}`;
  return [{ path: 'input.provider_options', message }];
}
