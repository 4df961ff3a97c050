import {
  boolean,
  integer,
  isFields,
  oneOf,
  readList,
  readNumber,
  readText,
  text,
  type Check,
  type Fields,
  type Shape,
} from '../fields.js';
import { requireShape, type DashScopeBody } from './dashscope-body.js';
import { invalidParameter, modelNotFound } from './dashscope-error.js';
import type { PictureJob } from './jobs.js';
import { pictureAddress } from './media-address.js';
import { qwenImageModel, type QwenImageModel } from './qwen-image-models.js';
import { readSize } from './qwen-image-sizes.js';

const message: Check = (value) =>
  Array.isArray(value) && value.length === 1 ? null : 'must hold exactly one message';

const INPUT: Shape = { required: { messages: message } };
const MESSAGE: Shape = {
  required: {
    role: oneOf('user'),
    content: (value) => (Array.isArray(value) ? null : 'must be a list'),
  },
};

/** Pure. Pictures that are ordered by a message. @throws DashScopeError */
export function readQwenImageJob({ model, input, parameters }: DashScopeBody): PictureJob {
  const rules = qwenImageModel(model);
  if (!rules) throw modelNotFound();
  requireShape(input, INPUT, 'input.');
  requireShape(parameters, parametersOf(rules), 'parameters.');
  const size = readSize(parameters, rules.defaultSize);
  requireSize(size, rules);
  return {
    kind: 'pictures',
    model,
    prompt: readPrompt(input, rules),
    n: readNumber(parameters, 'n', 1),
    ...size,
    isMessage: true,
  };
}

const negativePrompt: Check = (value) =>
  typeof value === 'string' && value.length <= 500
    ? null
    : 'must be a string of at most 500 characters';

function parametersOf({ size, maxN, extends: isExtended }: QwenImageModel): Shape {
  return {
    optional: {
      ...(size ? { size } : {}),
      n: integer(1, maxN),
      negative_prompt: negativePrompt,
      ...(isExtended ? { prompt_extend: boolean } : {}),
      watermark: boolean,
      seed: integer(0, 2_147_483_647),
    },
  };
}

function readPrompt(input: Fields, { given: [min, max], maxPrompt }: QwenImageModel): string {
  const [only] = readList(input, 'messages');
  requireShape(only, MESSAGE, 'input.messages[0].');
  const parts = isFields(only) ? readList(only, 'content').filter(isFields) : [];
  const part: Shape = { optional: { text: text(maxPrompt), image: pictureAddress } };
  for (const [index, one] of parts.entries())
    requireShape(one, part, `input.messages[0].content[${index}].`);
  const texts = parts.filter((one) => one['text'] !== undefined);
  if (texts.length !== 1)
    throw invalidParameter('input.messages[0].content must hold exactly one text.');
  const images = parts.length - texts.length;
  if (images < min || images > max) {
    throw invalidParameter(
      `input.messages[0].content must hold ${min} to ${max} images, not ${images}.`,
    );
  }
  return readText(texts[0] ?? {}, 'text');
}

function requireSize(
  { width, height }: { readonly width: number; readonly height: number },
  { pixels, edge }: QwenImageModel,
): void {
  const all = width * height;
  if (pixels && (all < pixels[0] || all > pixels[1])) {
    throw invalidParameter('parameters.size must have between 512*512 and 2048*2048 pixels.');
  }
  if (edge && (Math.min(width, height) < edge[0] || Math.max(width, height) > edge[1])) {
    throw invalidParameter(`parameters.size must have edges from ${edge[0]} to ${edge[1]}.`);
  }
}
