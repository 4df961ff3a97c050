import {
  boolean,
  integer,
  oneOf,
  readText,
  text,
  textMatching,
  type Fields,
  type Shape,
} from '../fields.js';
import { imageModelRules } from './image-models.js';

/** https://platform.openai.com/docs/api-reference/images/create, GPT image models. */
export const IMAGE_BODY: Shape = {
  required: { prompt: text(32_000), model: text(200) },
  optional: {
    n: integer(1, 10),
    size: textMatching(/^(auto|\d{1,5}x\d{1,5})$/, "'auto' or WIDTHxHEIGHT"),
    quality: oneOf('auto', 'low', 'medium', 'high', 'xhigh', 'max'),
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

/** Of `/images/edits`, beside its pictures. */
export const EDIT_BODY: Shape = {
  required: IMAGE_BODY.required ?? {},
  optional: { ...IMAGE_BODY.optional, input_fidelity: oneOf('low', 'high') },
};

export interface BodyFault {
  readonly param: string;
  readonly message: string;
}

/** Pure. What the fields' own checks cannot say: rules over two fields, and of just some models. */
export function combinationFault(model: string, body: Fields): BodyFault | undefined {
  const rules = imageModelRules(model);
  const quality = readText(body, 'quality', 'auto');
  const fidelity = readText(body, 'input_fidelity');
  const faults: readonly (readonly [breaks: boolean, param: string, message: string])[] = [
    [
      body['background'] === 'transparent' && body['output_format'] === 'jpeg',
      'background',
      "Transparent background needs output_format 'png' or 'webp'.",
    ],
    [
      body['output_compression'] !== undefined && isPng(body['output_format']),
      'output_compression',
      "output_compression is only for output_format 'jpeg' and 'webp'.",
    ],
    [
      body['partial_images'] !== undefined && body['stream'] !== true,
      'partial_images',
      "partial_images is only for requests with 'stream'.",
    ],
    [
      !rules.qualities.includes(quality),
      'quality',
      `Invalid value: '${quality}'. Supported values are: ${rules.qualities.join(', ')}.`,
    ],
    [
      body['complexity'] !== undefined && !rules.complexity,
      'complexity',
      `The model '${model}' does not support the 'complexity' parameter.`,
    ],
    [
      fidelity !== '' && !rules.fidelities.includes(fidelity),
      'input_fidelity',
      `The model '${model}' does not support 'input_fidelity' '${fidelity}'.`,
    ],
  ];
  const fault = faults.find(([breaks]) => breaks);
  return fault && { param: fault[1], message: fault[2] };
}

const isPng = (format: unknown): boolean => format === undefined || format === 'png';
