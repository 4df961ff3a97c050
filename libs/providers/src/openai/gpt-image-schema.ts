import {
  choiceField,
  imageField,
  imagesField,
  inputSchema,
  integerField,
  needs,
  notTogether,
  promptField,
  providerOptionsField,
  sizeField,
} from '../input-fields.js';
import type { JsonObject } from '../json.js';
import {
  inputFidelityNeedsPictures,
  noTransparentJpeg,
  outputCompressionNeedsLossyFormat,
} from './gpt-image-rules.js';
import { sizesOf, THREE_SIZE_NAMES } from './gpt-image-sizes.js';

/** In what the models of the family differ. */
export interface GptImageFields {
  readonly vendorModel: string;
  readonly qualities: readonly string[];
  /** Vendor fields of just this model. */
  readonly options?: Readonly<Record<string, JsonObject>>;
}

export function gptImageSchema({ vendorModel, qualities, options }: GptImageFields): JsonObject {
  const shape = shapeFields(vendorModel);
  const rivals = Object.keys(shape).filter((name) => name !== 'size');
  return inputSchema(
    {
      prompt: promptField(32_000),
      ...shape,
      n: integerField({ min: 1, max: 10, default: 1 }, 'How many pictures; each is charged.'),
      quality: choiceField(qualities, 'How much work goes into it.', 'auto'),
      background: choiceField(
        ['auto', 'opaque', 'transparent'],
        'transparent needs png or webp.',
        'auto',
      ),
      output_format: choiceField(['png', 'jpeg', 'webp'], 'File format of the pictures.', 'png'),
      safety: choiceField(['auto', 'low'], 'How strict the moderation is.', 'auto'),
      image_urls: imagesField(16, 'Pictures to edit or to combine: PNG, JPEG or WebP.'),
      mask_url: imageField(
        'Where to edit the first picture: a PNG of its measures, transparent where it may change.',
      ),
      provider_options: providerOptionsField({
        output_compression: integerField({ min: 0, max: 100 }, 'Per cent; jpeg and webp only.'),
        ...options,
      }),
    },
    {
      rules: [
        notTogether('size', ...rivals),
        needs('mask_url', 'image_urls'),
        noTransparentJpeg,
        outputCompressionNeedsLossyFormat,
        ...(options && 'input_fidelity' in options ? [inputFidelityNeedsPictures] : []),
      ],
    },
  );
}

function shapeFields(vendorModel: string): Readonly<Record<string, JsonObject>> {
  const { ratios, resolutions } = sizesOf(vendorModel);
  const free = 'Shape of the picture. Without it and size, the model chooses.';
  if (resolutions.length === 0) {
    return {
      aspect_ratio: choiceField(ratios, free),
      size: choiceField(THREE_SIZE_NAMES, 'Width x height in pixels, instead of aspect_ratio.'),
    };
  }
  return {
    aspect_ratio: choiceField(ratios, free),
    resolution: choiceField(
      resolutions,
      'Class of size: about one, four or eight million pixels. 1K beside an aspect_ratio alone.',
    ),
    size: sizeField('multiples of 16, at most 3840 an edge and 3:1'),
  };
}
