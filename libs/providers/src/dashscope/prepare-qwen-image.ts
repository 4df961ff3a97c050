import { fieldsOf, withDefaults } from '../input-defaults.js';
import { listAt, numberAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import type { JsonObject, MediaSlot, Prepared } from '../provider.js';
import { pictureUsage } from './dashscope-price.js';
import { isTextToImage } from './endpoint.js';
import { QWEN_PICTURE } from './media-limits.js';
import { qwenSize } from './qwen-sizes.js';

/**
 * A message with pictures and text; or, for the two models that are a task, a prompt by itself, where
 * `negative_prompt` stands beside it and not among the parameters.
 */
export function prepareQwenImage(input: JsonObject, model: Model): Prepared {
  const { vendorModel } = model;
  const chosen = qwenSize(input, vendorModel);
  if (!chosen.ok) return chosen;
  const filled = withDefaults(input, model);
  // A task of several parts asks for each by itself, never for more than the vendor makes at once.
  const n = Math.min(numberAt(filled, 'n') ?? 1, model.perCall ?? 1);
  const size = fieldsOf(model).includes('size') ? chosen.size : undefined;
  const sources = listAt(input, 'image_urls').map(String);
  const prompt = textAt(filled, 'prompt') ?? '';
  const negative = textAt(filled, 'negative_prompt');
  const isPlain = isTextToImage(vendorModel);
  const request = {
    model: vendorModel,
    input: isPlain
      ? present({ prompt, negative_prompt: negative })
      : { messages: [{ role: 'user', content: contentOf(prompt, sources.length) }] },
    parameters: present({
      size: size && `${size.width}*${size.height}`,
      n,
      negative_prompt: isPlain ? undefined : negative,
      prompt_extend: filled['prompt_extend'],
      watermark: filled['watermark'],
      seed: numberAt(filled, 'seed'),
    }),
  };
  const estimate = pictureUsage(vendorModel, { pictures: n, given: sources.length, size });
  const media = sources.map(slotOf);
  return { ok: true, request, estimate, ...(media.length === 0 ? {} : { media }) };
}

/** Pictures come before the text that speaks of them. */
function contentOf(prompt: string, pictures: number): readonly JsonObject[] {
  return [...Array.from({ length: pictures }, () => ({ image: null })), { text: prompt }];
}

const slotOf = (source: string, index: number): MediaSlot => ({
  at: `/input/messages/0/content/${index}/image`,
  field: `input.image_urls.${index}`,
  source,
  ...QWEN_PICTURE,
});
