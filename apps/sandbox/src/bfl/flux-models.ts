import {
  among,
  anyFlag,
  anyText,
  decimal,
  orNull,
  picture,
  ratio,
  type Rule,
  webhookUrl,
  whole,
} from './flux-checks.js';

/** How a model is told what shape its picture has. */
export type ShapedBy = 'size' | 'ratio' | 'picture';

export interface FluxModel {
  readonly required: Readonly<Record<string, Rule>>;
  readonly optional: Readonly<Record<string, Rule>>;
  readonly shapedBy: ShapedBy;
  readonly defaultFormat: 'jpeg' | 'png';
  /** Pixels: what is made where the size is the vendor's own choice; the most where it is the caller's. */
  readonly pixels: number;
  /** Credits, a US cent each: the first megapixel; each further one; each one that goes in. */
  readonly credits: { readonly first: number; readonly further: number; readonly input: number };
}

const MEGAPIXEL = 1024 ** 2;

const common = (maxSafety: number): Readonly<Record<string, Rule>> => ({
  seed: orNull(whole({ min: -(2 ** 63), max: 2 ** 63 })),
  safety_tolerance: whole({ min: 0, max: maxSafety }),
  output_format: orNull(among('jpeg', 'png', 'webp')),
  webhook_url: orNull(webhookUrl),
  webhook_secret: orNull(anyText),
});

const pictures = (count: number): Readonly<Record<string, Rule>> =>
  Object.fromEntries(
    Array.from({ length: count }, (_, index) => [
      `input_image${index === 0 ? '' : `_${index + 1}`}`,
      picture,
    ]),
  );

function flux2(
  credits: FluxModel['credits'],
  { maxPictures = 8, more = {} }: { maxPictures?: number; more?: FluxModel['optional'] } = {},
): FluxModel {
  // The grid of 16 is the guide's; the specification has the least measure alone.
  const side = orNull(whole({ min: 64, multipleOf: 16 }));
  return {
    required: { prompt: anyText },
    optional: {
      ...pictures(maxPictures),
      width: side,
      height: side,
      disable_pup: orNull(anyFlag),
      ...common(5),
      ...more,
    },
    shapedBy: 'size',
    defaultFormat: 'jpeg',
    pixels: 4 * MEGAPIXEL,
    credits,
  };
}

function flux1(
  row: Pick<FluxModel, 'shapedBy'> & { readonly cents: number } & Partial<FluxModel>,
): FluxModel {
  const { cents, optional, ...rest } = row;
  return {
    required: {},
    optional: { prompt: orNull(anyText), prompt_upsampling: anyFlag, ...common(6), ...optional },
    defaultFormat: 'jpeg',
    pixels: MEGAPIXEL,
    credits: { first: cents, further: 0, input: 0 },
    ...rest,
  };
}

const kontext = (cents: number): FluxModel =>
  flux1({
    cents,
    required: { prompt: anyText },
    optional: { ...pictures(4), aspect_ratio: orNull(ratio) },
    shapedBy: 'ratio',
    defaultFormat: 'png',
  });

const sided = whole({ min: 256, max: 1440, multipleOf: 32 });
const sized = (cents: number, more: FluxModel['optional'] = {}): FluxModel =>
  flux1({
    cents,
    optional: { image_prompt: picture, width: sided, height: sided, ...more },
    shapedBy: 'size',
    pixels: 1440 ** 2,
  });

const painted = (more: FluxModel['optional']): FluxModel =>
  flux1({
    cents: 5,
    required: { image: picture },
    optional: {
      steps: orNull(whole({ min: 15, max: 50 })),
      guidance: orNull(decimal({ min: 1.5, max: 100 })),
      ...more,
    },
    shapedBy: 'picture',
  });

const edge = orNull(whole({ min: 0, max: 2048 }));

/**
 * By the path of each: https://api.bfl.ai/openapi.json. The credits are those of the vendor's price page
 * where it names one, else made up: dev, flex, and what goes in.
 */
export const FLUX_MODELS: Readonly<Record<string, FluxModel>> = {
  'flux-2-pro': flux2({ first: 3, further: 1.5, input: 1.5 }),
  'flux-2-max': flux2({ first: 7, further: 3, input: 3 }),
  'flux-2-flex': flux2(
    { first: 5, further: 5, input: 5 },
    {
      more: {
        prompt_upsampling: orNull(anyFlag),
        steps: orNull(whole({ min: 1, max: 50 })),
        guidance: orNull(decimal({ min: 1.5, max: 10 })),
      },
    },
  ),
  'flux-2-klein-9b': flux2({ first: 1.5, further: 0.2, input: 0.2 }, { maxPictures: 4 }),
  'flux-2-klein-4b': flux2({ first: 1.4, further: 0.1, input: 0.1 }, { maxPictures: 4 }),
  'flux-kontext-pro': kontext(4),
  'flux-kontext-max': kontext(8),
  'flux-pro-1.1': sized(4),
  'flux-dev': sized(2.5, {
    steps: orNull(whole({ min: 1, max: 50 })),
    guidance: orNull(decimal({ min: 1.5, max: 5 })),
  }),
  'flux-pro-1.1-ultra': flux1({
    cents: 6,
    optional: {
      image_prompt: picture,
      image_prompt_strength: decimal({ min: 0, max: 1 }),
      aspect_ratio: ratio,
      raw: anyFlag,
    },
    shapedBy: 'ratio',
    pixels: 4 * MEGAPIXEL,
  }),
  'flux-pro-1.0-fill': painted({ mask: picture }),
  'flux-pro-1.0-expand': painted({ top: edge, bottom: edge, left: edge, right: edge }),
};

/** A model ignores what only another takes, as the vendor's schemas do; what no model takes is refused here. */
export const KNOWN_FIELDS: ReadonlySet<string> = new Set(
  Object.values(FLUX_MODELS).flatMap((model) =>
    Object.keys({ ...model.required, ...model.optional }),
  ),
);
