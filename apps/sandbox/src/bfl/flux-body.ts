import {
  boolean,
  checkFields,
  integer,
  isFields,
  oneOf,
  readNumber,
  readText,
  text,
  textMatching,
  type Check,
  type Fields,
  type FieldProblem,
  type Shape,
} from '../fields.js';
import type { PictureRecipe } from '../media/render.js';
import { BflError, type ValidationDetail } from './bfl-error.js';

export interface FluxJob {
  readonly prompt: string;
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly format: PictureRecipe['format'];
  readonly webhookUrl: string | null;
  readonly webhookSecret: string | null;
}

const MAX_PIXELS = 2048 * 2048;
/** What the server picks when it is not told. */
const DEFAULT_SIDE = 1024;

const side: Check = (value) =>
  Number.isInteger(value) && (value === 0 || (Number(value) >= 64 && Number(value) % 16 === 0))
    ? null
    : 'must be an integer of at least 64 and a multiple of 16';

/** A URL, or base64 without the head of a data URL; only its beginning is looked at. */
const picture: Check = (value) =>
  typeof value === 'string' &&
  /^(https?:\/\/.|[A-Za-z0-9+/]{4})/.test(value) &&
  !value.startsWith('data:')
    ? null
    : 'must be an image in base64 or an http(s) URL';

const IMAGES = ['input_image', ...[2, 3, 4, 5, 6, 7, 8].map((index) => `input_image_${index}`)];
const FLUX_2: Shape = {
  required: { prompt: text(100_000) },
  optional: {
    ...Object.fromEntries(IMAGES.map((field) => [field, picture])),
    width: side,
    height: side,
    seed: integer(0, 4_294_967_295),
    safety_tolerance: integer(0, 5),
    output_format: oneOf('jpeg', 'png', 'webp'),
    disable_pup: boolean,
    webhook_url: textMatching(
      /^https?:\/\/.{1,2076}$/,
      'an http(s) URL of at most 2083 characters',
    ),
    webhook_secret: text(1000),
  },
};

const TYPE = { unknown: 'extra_forbidden', missing: 'missing', invalid: 'value_error' } as const;

/** Pure. flux-2-pro and flux-2-max: https://docs.bfl.ai/flux_2/flux2_overview @throws BflError */
export function readFluxJob(body: unknown): FluxJob {
  if (!isFields(body))
    throw new BflError(422, [detail('', 'Input should be a valid dictionary', 'dict_type')]);
  const problems = checkFields(body, FLUX_2);
  if (problems.length > 0) throw new BflError(422, problems.map(asDetail));
  const width = readNumber(body, 'width', 0) || DEFAULT_SIDE;
  const height = readNumber(body, 'height', 0) || DEFAULT_SIDE;
  if (width * height > MAX_PIXELS) {
    throw new BflError(422, [
      detail('width', 'width x height must not exceed 4 megapixels', 'value_error'),
    ]);
  }
  return {
    prompt: readText(body, 'prompt'),
    width,
    height,
    seed: readNumber(body, 'seed', 42),
    format: readFormat(body),
    webhookUrl: readText(body, 'webhook_url') || null,
    webhookSecret: readText(body, 'webhook_secret') || null,
  };
}

function readFormat(body: Fields): FluxJob['format'] {
  const format = body['output_format'];
  return format === 'png' || format === 'webp' ? format : 'jpeg';
}

const asDetail = ({ kind, field, message }: FieldProblem): ValidationDetail =>
  detail(field, `${field} ${message}`, TYPE[kind]);

const detail = (field: string, msg: string, type: string): ValidationDetail => ({
  loc: field === '' ? ['body'] : ['body', field],
  msg,
  type,
});
