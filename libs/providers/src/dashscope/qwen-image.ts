import { withDefaults } from '../input-defaults.js';
import { at, listAt, nonEmpty, numberAt, present, textAt } from '../json.js';
import type { Model } from '../model.js';
import {
  chooseSize,
  DEFAULT_RATIO,
  DEFAULT_RESOLUTION,
  parseSize,
  type PictureSize,
  type SizeLimits,
} from '../picture-size.js';
import type {
  JsonObject,
  Prepared,
  ProviderContext,
  Submitted,
  Usage,
  VendorOutput,
} from '../provider.js';
import { unreadable } from '../refusal.js';
import { callDashscope, RESULT_LIFE_MS } from './dashscope-call.js';

/** The 2.0 family knows the synchronous message call only: the answer to the submit is the result. */
export function prepareQwenImage(input: JsonObject, model: Model): Prepared {
  const chosen = chooseSize(input, QWEN_IMAGE_LIMITS, qwenSizeOf);
  if (!chosen.ok) return chosen;
  const filled = withDefaults(input, model);
  const size = chosen.size ?? qwenSizeOf(DEFAULT_RATIO, DEFAULT_RESOLUTION);
  const request = {
    model: model.vendorModel,
    input: { messages: [{ role: 'user', content: [{ text: textAt(filled, 'prompt') ?? '' }] }] },
    parameters: present({
      size: size && `${size.width}*${size.height}`,
      n: numberAt(filled, 'n'),
      negative_prompt: textAt(filled, 'negative_prompt'),
      prompt_extend: filled['prompt_extend'],
      watermark: filled['watermark'],
      seed: numberAt(filled, 'seed'),
    }),
  };
  return { ok: true, request, estimate: usageOf(numberAt(filled, 'n') ?? 1) };
}

/** Total pixels as the vendor limits them; it would round other edges to 16, so those are refused. */
const QWEN_IMAGE_LIMITS: SizeLimits = {
  multipleOf: 16,
  minEdge: 16,
  maxEdge: Number.POSITIVE_INFINITY,
  minPixels: 512 * 512,
  maxPixels: 2048 * 2048,
  maxRatio: Number.POSITIVE_INFINITY,
};

/** The sizes the vendor itself recommends for each shape; its 16:9 is 1664x928. */
const SIZES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '1K': {
    '1:1': '1328x1328',
    '16:9': '1664x928',
    '9:16': '928x1664',
    '4:3': '1472x1104',
    '3:4': '1104x1472',
  },
  '2K': {
    '1:1': '2048x2048',
    '16:9': '2688x1536',
    '9:16': '1536x2688',
    '4:3': '2368x1728',
    '3:4': '1728x2368',
  },
};

function qwenSizeOf(ratio: string, resolution: string): PictureSize | undefined {
  return parseSize(SIZES[resolution]?.[ratio] ?? '');
}

export async function submitQwenImage(
  request: JsonObject,
  context: ProviderContext,
): Promise<Submitted> {
  const answer = await callDashscope(context, {
    method: 'POST',
    path: '/services/aigc/multimodal-generation/generation',
    body: request,
  });
  const expiresAt = Date.now() + RESULT_LIFE_MS;
  const outputs = nonEmpty(picturesIn(answer.body, expiresAt));
  if (!outputs) throw unreadable(answer, 'a picture');
  return { state: 'done', outputs, usage: usageOf(outputs.length) };
}

/** Several pictures come as several choices or as several parts of one; all are collected. */
function picturesIn(body: unknown, expiresAt: number): readonly VendorOutput[] {
  return listAt(body, 'output', 'choices')
    .flatMap((choice) => listAt(at(choice, 'message'), 'content'))
    .map((part) => textAt(part, 'image'))
    .filter((url) => url !== undefined)
    .map((url) => ({ from: 'url', url, expiresAt }));
}

function usageOf(pictures: number): Usage {
  return { unit: 'image', quantity: pictures, costNanoUsd: null };
}
