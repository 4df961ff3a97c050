import { boolean, integer, oneOf, text, textMatching, type Shape } from '../fields.js';

const FLEXIBLE = /^gpt-image-2/;
const FIXED_SIZES = ['1024x1024', '1536x1024', '1024x1536'] as const;
const MAX_SIDES = [3840, 2160] as const;

/** https://platform.openai.com/docs/api-reference/images/create, GPT image models. */
export const IMAGE_BODY: Shape = {
  required: { prompt: text(32_000), model: text(200) },
  optional: {
    n: integer(1, 10),
    size: textMatching(/^(auto|\d{1,5}x\d{1,5})$/, "'auto' or WIDTHxHEIGHT"),
    quality: oneOf('auto', 'low', 'medium', 'high'),
    complexity: oneOf('low', 'medium', 'high'),
    background: oneOf('auto', 'opaque', 'transparent'),
    output_format: oneOf('png', 'jpeg', 'webp'),
    output_compression: integer(0, 100),
    moderation: oneOf('auto', 'low'),
    stream: boolean,
    partial_images: integer(0, 3),
    safety_identifier: text(200),
    user: text(200),
  },
};

export type ImageSize =
  | { readonly ok: true; readonly width: number; readonly height: number }
  | { readonly ok: false; readonly message: string };

/** Pure. What a model makes of `size`: gpt-image-2 takes any multiple of 16 within its bounds, older ones three. */
export function imageSize(model: string, size: string): ImageSize {
  const [width = 0, height = 0] = (size === 'auto' ? FIXED_SIZES[0] : size).split('x').map(Number);
  const message = FLEXIBLE.test(model)
    ? flexibleProblem(width, height)
    : fixedProblem(`${width}x${height}`);
  return message === null ? { ok: true, width, height } : { ok: false, message };
}

function flexibleProblem(width: number, height: number): string | null {
  if (width === 0 || height === 0 || width % 16 !== 0 || height % 16 !== 0) {
    return 'width and height must be divisible by 16';
  }
  if (Math.max(width, height) > 3 * Math.min(width, height))
    return 'the aspect ratio must be between 1:3 and 3:1';
  const [longest, shortest] = MAX_SIDES;
  if (Math.max(width, height) > longest || Math.min(width, height) > shortest) {
    return `the size must not exceed ${longest}x${shortest}`;
  }
  return null;
}

const fixedProblem = (size: string): string | null =>
  FIXED_SIZES.some((fixed) => fixed === size)
    ? null
    : `must be one of ${FIXED_SIZES.join(', ')}, auto`;

/** Pure. What the fields' own checks cannot say: rules over two fields. */
export const COMBINATION_RULES: readonly {
  readonly param: string;
  readonly breaks: (body: Readonly<Record<string, unknown>>) => boolean;
  readonly message: string;
}[] = [
  {
    param: 'background',
    breaks: (body) => body['background'] === 'transparent' && body['output_format'] === 'jpeg',
    message: "Transparent background needs output_format 'png' or 'webp'.",
  },
  {
    param: 'output_compression',
    breaks: (body) => body['output_compression'] !== undefined && isPng(body['output_format']),
    message: "output_compression is only for output_format 'jpeg' and 'webp'.",
  },
  {
    param: 'stream',
    breaks: (body) => body['stream'] === true || body['partial_images'] !== undefined,
    message: 'This stand-in of OpenAI does not stream images.',
  },
];

const isPng = (format: unknown): boolean => format === undefined || format === 'png';
