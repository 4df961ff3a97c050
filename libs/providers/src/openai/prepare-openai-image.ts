import { largestExactSize } from '../exact-ratio.js';
import { withDefaults } from '../input-defaults.js';
import { numberAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import { chooseSize, type PictureSize, type SizeLimits } from '../picture-size.js';
import type { InputIssue, JsonObject, Prepared } from '../provider.js';
import { estimateOpenaiUsage } from './openai-price.js';

/** The body of `POST /images/generations`. What the input leaves open is left to the vendor. */
export function prepareOpenaiImage(input: JsonObject, model: Model): Prepared {
  const chosen = chooseSize(input, GPT_IMAGE_2_LIMITS, openaiSizeOf);
  const issues = [...(chosen.ok ? [] : chosen.issues), ...formatIssues(input)];
  if (!chosen.ok || issues.length > 0) return { ok: false, issues };
  const filled = withDefaults(input, model);
  const request = present({
    model: model.vendorModel,
    prompt: textAt(filled, 'prompt'),
    n: numberAt(filled, 'n'),
    size: chosen.size && `${chosen.size.width}x${chosen.size.height}`,
    quality: textAt(filled, 'quality'),
    background: textAt(filled, 'background'),
    output_format: textAt(filled, 'output_format'),
    moderation: textAt(filled, 'safety'),
  });
  return { ok: true, request, estimate: estimateOpenaiUsage(request) };
}

/** https://developers.openai.com/api/docs/guides/image-generation, "Size and quality options". */
export const GPT_IMAGE_2_LIMITS: SizeLimits = {
  multipleOf: 16,
  minEdge: 16,
  maxEdge: 3840,
  minPixels: 655_360,
  maxPixels: 8_294_400,
  maxRatio: 3,
};

/** The model's own three sizes at 1K; everything else is the largest exact size of its class. */
const NAMED_SIZES: Readonly<Record<string, PictureSize>> = {
  '1:1': { width: 1024, height: 1024 },
  '3:2': { width: 1536, height: 1024 },
  '2:3': { width: 1024, height: 1536 },
};
const MAX_PIXELS: Readonly<Record<string, number>> = {
  '1K': 1024 * 1024,
  '2K': 2048 * 2048,
  '4K': 3840 * 2160,
};

export function openaiSizeOf(ratio: string, resolution: string): PictureSize | undefined {
  const named = resolution === '1K' ? NAMED_SIZES[ratio] : undefined;
  return named ?? largestExactSize(ratio, MAX_PIXELS[resolution] ?? 0, GPT_IMAGE_2_LIMITS);
}

function formatIssues(input: JsonObject): readonly InputIssue[] {
  if (input['background'] !== 'transparent' || input['output_format'] !== 'jpeg') return [];
  const message = 'jpeg has no transparency; with background transparent use png or webp';
  return [{ path: 'input.output_format', message }];
}
