import {
  choiceField,
  imageField,
  imagesField,
  inputSchema,
  integerField,
  needs,
  promptField,
  sizeField,
} from '../input-fields.js';
import type { Model } from '../model.js';
import type { NamedModel } from './named-model.js';
import { openOptionsField, UNKNOWN_UPSTREAM } from './open-options-field.js';

/** A model behind `/images/generations` and `/images/edits`. What is not given is not sent. */
export function compatibleImageModel({ id, vendorModel, namedBy }: NamedModel): Model {
  return {
    id,
    aliases: [],
    kind: 'image',
    vendorModel,
    namedBy,
    inputSchema: IMAGE_SCHEMA,
    example: { prompt: 'a glass data center at golden hour, isometric' },
    pricedAs: `openai-compatible/${vendorModel}`,
    note: UNKNOWN_UPSTREAM,
    typicalSeconds: 30,
    submitTimeoutSeconds: 600,
    submitSafety: 'none',
  };
}

const IMAGE_SCHEMA = inputSchema(
  {
    prompt: promptField(32_000),
    n: integerField({ min: 1, max: 10, default: 1 }, 'How many pictures; each may be charged.'),
    size: sizeField('64 to 4096 an edge, and what the upstream makes'),
    quality: choiceField(
      ['auto', 'low', 'medium', 'high', 'xhigh', 'max', 'standard', 'hd'],
      'How much work goes into it, in the words that the upstream knows.',
    ),
    background: choiceField(['auto', 'opaque', 'transparent'], 'What is behind the subject.'),
    output_format: choiceField(['png', 'jpeg', 'webp'], 'File format of the pictures.'),
    safety: choiceField(['auto', 'low'], 'How strict the moderation is.'),
    image_urls: imagesField(16, 'Pictures to edit or to combine: PNG, JPEG or WebP.'),
    mask_url: imageField(
      'Where to edit the first picture: a PNG of its measures, transparent where it may change.',
    ),
    provider_options: openOptionsField(),
  },
  { rules: [needs('mask_url', 'image_urls')] },
);
