import { RULE_KEYWORD, whenThen } from '../input-fields.js';
import type { JsonObject } from '../json.js';

/** Where `provider_options` lacks this member. */
const withoutOption = (name: string): JsonObject => ({
  not: {
    properties: { provider_options: { type: 'object', required: [name] } },
    required: ['provider_options'],
  },
});

/** The vendor refuses it beside png, which is what the format is when none is given. */
export const outputCompressionNeedsLossyFormat: JsonObject = {
  [RULE_KEYWORD]: {
    at: 'provider_options',
    says: 'output_compression needs output_format jpeg or webp beside it',
  },
  anyOf: [
    withoutOption('output_compression'),
    {
      properties: { output_format: { enum: ['jpeg', 'webp'] } },
      required: ['output_format'],
    },
  ],
};

export const inputFidelityNeedsPictures: JsonObject = {
  [RULE_KEYWORD]: { at: 'provider_options', says: 'input_fidelity needs image_urls beside it' },
  anyOf: [withoutOption('input_fidelity'), { required: ['image_urls'] }],
};

export const noTransparentJpeg: JsonObject = whenThen(
  {
    at: 'output_format',
    says: 'jpeg has no transparency; with background transparent use png or webp',
  },
  { background: { const: 'transparent' } },
  { output_format: { enum: ['png', 'webp'] } },
);
