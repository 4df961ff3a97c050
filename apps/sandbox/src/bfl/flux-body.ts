import { isFields, readNumber, readText, type Fields } from '../fields.js';
import type { PictureRecipe } from '../media/render.js';
import { BflError, type ValidationDetail } from './bfl-error.js';
import { measuresOf, measuresOfPicture } from './flux-measures.js';
import { FLUX_MODELS, KNOWN_FIELDS, type FluxModel } from './flux-models.js';

export interface FluxJob {
  readonly model: string;
  readonly prompt: string;
  readonly width: number;
  readonly height: number;
  /** Of all pictures that go in. */
  readonly inputPixels: number;
  readonly pictures: number;
  readonly seed: number;
  readonly format: PictureRecipe['format'];
  readonly webhookUrl: string | null;
  readonly webhookSecret: string | null;
}

/** Pure. @throws BflError */
export function readFluxJob(name: string, body: unknown): FluxJob {
  const model = FLUX_MODELS[name];
  if (!model) throw new BflError(404, 'Not Found');
  if (!isFields(body)) throw refused('', 'Input should be a valid dictionary', 'dict_type');
  const problems = problemsOf(body, model);
  if (problems.length > 0) throw new BflError(422, problems);
  const pictures = picturesOf(body).map(measuresOfPicture);
  checkMask(body);
  const size = measuresOf(model, body, pictures[0]);
  if (model.shapedBy === 'size' && size.width * size.height > model.pixels) {
    throw refused('width', 'Value error, width x height must not exceed 4 megapixels');
  }
  return {
    model: name,
    prompt: readText(body, 'prompt'),
    ...size,
    inputPixels: pictures.reduce((sum, { width, height }) => sum + width * height, 0),
    pictures: pictures.length,
    seed: readNumber(body, 'seed', 42),
    format: readFormat(body, model),
    webhookUrl: readText(body, 'webhook_url') || null,
    webhookSecret: readText(body, 'webhook_secret') || null,
  };
}

function problemsOf(body: Fields, { required, optional }: FluxModel): readonly ValidationDetail[] {
  const rules = { ...required, ...optional };
  const unknown = Object.keys(body).filter((field) => !KNOWN_FIELDS.has(field));
  return [
    ...unknown.map((field) => detail(field, 'Extra inputs are not permitted', 'extra_forbidden')),
    ...Object.entries(rules).flatMap(([field, rule]) => {
      if (body[field] === undefined) {
        return field in required ? [detail(field, 'Field required', 'missing')] : [];
      }
      const fault = rule(body[field]);
      return fault === null ? [] : [detail(field, fault.msg, fault.type)];
    }),
  ];
}

/** The pictures to work from, in their order; the mask is none of them. */
function picturesOf(body: Fields): readonly string[] {
  return Object.entries(body).flatMap(([field, value]) =>
    /^(input_image(_\d)?|image|image_prompt)$/.test(field) && typeof value === 'string'
      ? [value]
      : [],
  );
}

/** The vendor verifies that a mask is as large as its picture. */
function checkMask(body: Fields): void {
  const [image, mask] = [readText(body, 'image'), readText(body, 'mask')];
  if (image === '' || mask === '') return;
  const [one, other] = [measuresOfPicture(image), measuresOfPicture(mask)];
  if (one.width === other.width && one.height === other.height) return;
  throw refused('mask', 'Value error, the dimensions of the mask must match the image');
}

function readFormat(body: Fields, model: FluxModel): FluxJob['format'] {
  const format = body['output_format'];
  if (format === 'png' || format === 'webp' || format === 'jpeg') return format;
  return model.defaultFormat;
}

const refused = (field: string, msg: string, type = 'value_error'): BflError =>
  new BflError(422, [detail(field, msg, type)]);

const detail = (field: string, msg: string, type: string): ValidationDetail => ({
  loc: field === '' ? ['body'] : ['body', field],
  msg,
  type,
});
