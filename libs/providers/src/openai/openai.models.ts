import { ASPECT_RATIOS } from '../exact-ratio.js';
import { choiceField, inputSchema, integerField, promptField, sizeField } from '../input-fields.js';
import type { Model } from '../model.js';

/** Shapes the model draws that others do not: its limit is 3:1. */
export const OPENAI_RATIOS = [...ASPECT_RATIOS, '3:1', '1:3'] as const;

export const gptImage2: Model = {
  id: 'gpt-image-2',
  aliases: [],
  kind: 'image',
  vendorModel: 'gpt-image-2',
  inputSchema: inputSchema({
    prompt: promptField(32_000),
    aspect_ratio: choiceField(
      OPENAI_RATIOS,
      'Shape of the picture. Without it, resolution and size, the model chooses.',
    ),
    resolution: choiceField(
      ['1K', '2K', '4K'],
      'Class of size: about one, four or eight million pixels. 1K beside an aspect_ratio alone.',
    ),
    size: sizeField('multiples of 16, at most 3840 an edge and 3:1'),
    n: integerField({ min: 1, max: 10, default: 1 }, 'How many pictures; each is charged.'),
    quality: choiceField(['auto', 'low', 'medium', 'high'], 'How much work goes into it.', 'auto'),
    background: choiceField(
      ['auto', 'opaque', 'transparent'],
      'transparent needs png or webp.',
      'auto',
    ),
    output_format: choiceField(['png', 'jpeg', 'webp'], 'File format of the pictures.', 'png'),
    safety: choiceField(['auto', 'low'], 'How strict the moderation is.', 'auto'),
  }),
  example: {
    prompt: 'a glass data center at golden hour, isometric',
    aspect_ratio: '3:2',
    quality: 'medium',
  },
  pricedAs: 'gpt-image-2',
  typicalSeconds: 40,
  submitTimeoutSeconds: 600,
};
