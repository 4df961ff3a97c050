import { withDefaults } from '../input-defaults.js';
import { present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { JsonObject, Prepared } from '../provider.js';
import { estimatePicture } from './gemini-price.js';
import { picturesAt, pictureSlot } from './picture-in.js';

/** `{call, model, body}`: the model is a part of the vendor's path. One picture a call. */
export function prepareGeminiImage(input: JsonObject, model: Model): Prepared {
  const filled = withDefaults(input, model);
  const resolution = textAt(filled, 'resolution');
  const pictures = picturesAt(input, 'image_urls');
  const parts = [
    { text: textAt(filled, 'prompt') ?? '' },
    ...pictures.map(() => ({ inlineData: { mimeType: null, data: null } })),
  ];
  const imageConfig = present({
    aspectRatio: textAt(filled, 'aspect_ratio'),
    imageSize: resolution,
  });
  const body = {
    contents: [{ role: 'user', parts }],
    generationConfig: { responseModalities: ['IMAGE'], imageConfig },
  };
  const media = pictures.map((picture, index) => {
    const part = `/body/contents/0/parts/${index + 1}/inlineData`;
    return pictureSlot(picture, { at: `${part}/data`, mimeAt: `${part}/mimeType` });
  });
  return {
    ok: true,
    request: { call: 'generateContent', model: model.vendorModel, body },
    estimate: estimatePicture(model.pricedAs, resolution ?? '', pictures.length),
    ...(media.length === 0 ? {} : { media }),
  };
}
