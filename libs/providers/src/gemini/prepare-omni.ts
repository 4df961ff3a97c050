import { withDefaults } from '../input-defaults.js';
import { numberAt, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { JsonObject, Prepared } from '../provider.js';
import { filmUsage } from './gemini-price.js';
import { picturesAt, pictureSlot } from './picture-in.js';

/** `{call, body}` of an interaction that runs in the background. Every charged choice is said outright. */
export function prepareOmni(input: JsonObject, model: Model): Prepared {
  const filled = withDefaults(input, model);
  const seconds = numberAt(filled, 'duration') ?? 0;
  const resolution = textAt(filled, 'resolution') ?? '';
  const pictures = FIELDS.flatMap((field) => picturesAt(input, field));
  const body = {
    model: model.vendorModel,
    input: [
      { type: 'text', text: `${sourcesOf(input)}${textAt(filled, 'prompt') ?? ''}` },
      ...pictures.map(() => ({ type: 'image', mime_type: null, data: null })),
    ],
    response_format: {
      type: 'video',
      delivery: 'uri',
      aspect_ratio: textAt(filled, 'aspect_ratio') ?? '',
      resolution,
      duration: `${seconds}s`,
    },
    background: true,
    store: true,
  };
  const media = pictures.map((picture, index) => {
    const part = `/body/input/${index + 1}`;
    return pictureSlot(picture, { at: `${part}/data`, mimeAt: `${part}/mime_type` });
  });
  return {
    ok: true,
    request: { call: 'interactions', body },
    estimate: filmUsage(model.pricedAs, seconds, { resolution }),
    ...(media.length === 0 ? {} : { media }),
  };
}

/** In the order in which their pictures are sent, which is how the prompt counts them. */
const FIELDS = ['first_frame_url', 'last_frame_url', 'reference_image_urls'] as const;

/**
 * What each picture is for: `[# Sources <FIRST_FRAME>@Image1] [# References <IMAGE_REF_0>@Image2] `
 * (https://ai.google.dev/gemini-api/docs/omni, "explicit declarations"). Nothing without pictures.
 */
function sourcesOf(input: JsonObject): string {
  const frames = ['first_frame_url', 'last_frame_url']
    .filter((field) => textAt(input, field) !== undefined)
    .map((field, index) => `${FRAME_TAGS[field] ?? ''}@Image${index + 1}`);
  const references = picturesAt(input, 'reference_image_urls').map(
    (_, index) => `<IMAGE_REF_${index}>@Image${frames.length + index + 1}`,
  );
  return declare('Sources', frames) + declare('References', references);
}

const declare = (heading: string, tags: readonly string[]): string =>
  tags.length === 0 ? '' : `[# ${heading} ${tags.join(' ')}] `;

const FRAME_TAGS: Readonly<Record<string, string>> = {
  first_frame_url: '<FIRST_FRAME>',
  last_frame_url: '<LAST_FRAME>',
};
