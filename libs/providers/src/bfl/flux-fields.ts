import {
  choiceField,
  flagField,
  imagesField,
  integerField,
  providerOptionsField,
  seedField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { JsonObject } from '../provider.js';

/** One row of the catalog; what all FLUX models have in common is filled in. */
export function fluxModel(
  row: Pick<Model, 'id' | 'inputSchema' | 'typicalSeconds'> & Partial<Model>,
): Model {
  return {
    aliases: [],
    kind: 'image',
    vendorModel: row.id,
    example: { prompt: 'a glass data center at golden hour, isometric' },
    pricedAs: row.vendorModel ?? row.id,
    perCall: 1,
    submitTimeoutSeconds: 60,
    ...row,
  };
}

/** The fields that every FLUX model takes beside its prompt. */
export function commonFields({
  maxSafety,
  format,
}: {
  readonly maxSafety: number;
  readonly format: 'jpeg' | 'png';
}): Readonly<Record<string, JsonObject>> {
  return {
    seed: seedField(2_147_483_647),
    n: integerField(
      { min: 1, max: 10, default: 1 },
      'How many pictures; each is a job of its own, and charged.',
    ),
    output_format: choiceField(['jpeg', 'png', 'webp'], 'File format of the picture.', format),
    safety: integerField(
      { min: 0, max: maxSafety, default: 2 },
      `What the moderation tolerates: 0 least, ${maxSafety} most.`,
    ),
  };
}

export const promptExtendField = (fallback: boolean): JsonObject =>
  flagField('Whether the vendor rewrites the prompt into a more detailed one.', fallback);

export const onePicture = (description: string): JsonObject => imagesField(1, description);

/** `steps` and `guidance`, where a model lets them be chosen. */
export function samplingOptions(
  steps: NumberRange,
  guidance: NumberRange,
  more: Readonly<Record<string, JsonObject>> = {},
): JsonObject {
  return providerOptionsField({
    steps: {
      type: 'integer',
      minimum: steps.min,
      maximum: steps.max,
      description: `Steps of the sampling; ${steps.usual} where it is not said.`,
    },
    guidance: numberOption(
      guidance,
      `How closely the prompt is followed; ${guidance.usual} where it is not said.`,
    ),
    ...more,
  });
}

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** What the vendor takes where nothing is said. */
  readonly usual: number;
}

export function numberOption({ min, max }: NumberRange, description: string): JsonObject {
  return { type: 'number', minimum: min, maximum: max, description };
}
