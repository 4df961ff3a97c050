import {
  boolean,
  integer,
  isFields,
  oneOf,
  readList,
  readNumber,
  readText,
  text,
  textMatching,
  type Check,
  type Fields,
  type Shape,
} from '../fields.js';
import { requireShape, type DashScopeBody } from './dashscope-body.js';
import { invalidParameter, modelNotFound } from './dashscope-error.js';

export interface QwenImageJob {
  readonly model: string;
  readonly prompt: string;
  readonly n: number;
  readonly width: number;
  readonly height: number;
}

const MODEL = /^qwen-image-2\.0(-pro)?(-\d{4}-\d\d-\d\d)?$/;
const MAX_PROMPT = 800;
const MAX_IMAGES = 3;
const MIN_PIXELS = 512 * 512;
const MAX_PIXELS = 2048 * 2048;

const message: Check = (value) =>
  Array.isArray(value) && value.length === 1 ? null : 'must hold exactly one message';

const INPUT: Shape = { required: { messages: message } };
const MESSAGE: Shape = {
  required: {
    role: oneOf('user'),
    content: (value) => (Array.isArray(value) ? null : 'must be a list'),
  },
};
const PART: Shape = {
  optional: {
    text: text(MAX_PROMPT),
    image: textMatching(/^(https?:|data:image\/)/, 'a URL or a data URL'),
  },
};
const PARAMETERS: Shape = {
  optional: {
    size: textMatching(/^\d{1,5}\*\d{1,5}$/, 'WIDTH*HEIGHT'),
    n: integer(1, 6),
    negative_prompt: (value) =>
      typeof value === 'string' && value.length <= 500
        ? null
        : 'must be a string of at most 500 characters',
    prompt_extend: boolean,
    watermark: boolean,
    seed: integer(0, 2_147_483_647),
  },
};

/**
 * Pure. The qwen-image-2.0 family by its page:
 * https://www.alibabacloud.com/help/en/model-studio/qwen-image-generation-and-editing-api-reference
 * @throws DashScopeError
 */
export function readQwenImageJob({ model, input, parameters }: DashScopeBody): QwenImageJob {
  if (!MODEL.test(model)) throw modelNotFound();
  requireShape(input, INPUT, 'input.');
  requireShape(parameters, PARAMETERS, 'parameters.');
  const prompt = readPrompt(input);
  return { model, prompt, n: readNumber(parameters, 'n', 1), ...readSize(parameters) };
}

function readPrompt(input: Fields): string {
  const [only] = readList(input, 'messages');
  requireShape(only, MESSAGE, 'input.messages[0].');
  const parts = isFields(only) ? readList(only, 'content').filter(isFields) : [];
  for (const [index, part] of parts.entries())
    requireShape(part, PART, `input.messages[0].content[${index}].`);
  const texts = parts.filter((part) => part['text'] !== undefined);
  if (texts.length !== 1)
    throw invalidParameter('input.messages[0].content must hold exactly one text.');
  if (parts.length - texts.length > MAX_IMAGES) {
    throw invalidParameter(`input.messages[0].content may hold at most ${MAX_IMAGES} images.`);
  }
  return readText(texts[0] ?? {}, 'text');
}

/** Sides are rounded to multiples of 16, as the vendor does. */
function readSize(parameters: Fields): { readonly width: number; readonly height: number } {
  const [width = 0, height = 0] = readText(parameters, 'size', '2048*2048').split('*').map(Number);
  const pixels = width * height;
  if (pixels < MIN_PIXELS || pixels > MAX_PIXELS) {
    throw invalidParameter('parameters.size must have between 512*512 and 2048*2048 pixels.');
  }
  return { width: Math.round(width / 16) * 16, height: Math.round(height / 16) * 16 };
}
