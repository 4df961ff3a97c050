import type { Json, JsonObject, Model } from '@app/providers';
import { shown } from '../http/field-refusal.js';
import { askedFor, isShapeOf, measuresOf, wordOf } from './common-fields.js';
import { choicesOf, hasField, isList, isObject } from './model-fields.js';
import { refuseField } from './refuse-field.js';

/** What `POST /v1/images/generations` or `/edits` asks for, as a task and as the shape of its answer. */
export interface ImageRequest {
  readonly input: JsonObject;
  readonly format: ImageFormat;
  readonly stream: boolean;
}

export type ImageFormat = 'b64_json' | 'url';

/** Files that came in a form, as `input:<id>`. */
export interface ImageFiles {
  readonly pictures: readonly string[];
  readonly mask: string | null;
}

/**
 * Translates OpenAI's request into the model's own input; what both call alike, and every further field
 * of the model, goes in as it is, so that the model's schema judges it.
 * @throws GatewayError INVALID_REQUEST with OpenAI's name of the field as param
 */
export function imageRequest(
  body: JsonObject,
  model: Model,
  files: ImageFiles | 'none-possible' = 'none-possible',
): ImageRequest {
  const input: Record<string, Json> = {};
  const edits = files !== 'none-possible';
  for (const [name, value] of askedFor(body, model)) {
    if (OF_THE_ANSWER.has(name)) continue;
    if (edits && (name === 'images' || name === 'mask')) continue;
    for (const [field, asked] of translate(name, value, model)) {
      if (Object.hasOwn(input, field) || (field !== name && Object.hasOwn(body, field))) {
        throw refuseField(name, `it says what ${field} says too; leave one of them out`);
      }
      input[field] = asked;
    }
  }
  return { input: edits ? withPictures(input, body, { model, files }) : input, ...answerOf(body) };
}

const OF_THE_ANSWER: ReadonlySet<string> = new Set(['response_format', 'stream', 'partial_images']);

function answerOf(body: JsonObject): Pick<ImageRequest, 'format' | 'stream'> {
  const { stream = null, partial_images: partial = null } = body;
  if (typeof stream !== 'boolean' && stream !== null) {
    throw refuseField('stream', `${shown(stream)} is not taken; give true or false`);
  }
  if (partial !== null && ![0, 1, 2, 3].some((count) => count === partial)) {
    throw refuseField('partial_images', `${shown(partial)} is not taken; give 0 to 3`);
  }
  const words = ['b64_json', 'url'] as const;
  const format = wordOf(body['response_format'], { name: 'response_format', words });
  return { format: format ?? 'b64_json', stream: stream ?? false };
}

/** The fields of the input that one field of the request becomes. */
function translate(name: string, value: Json, model: Model): readonly (readonly [string, Json])[] {
  if (name === 'size' && !hasField(model, 'size')) return [shapeOf(value, model)];
  if (name === 'moderation' && !hasField(model, 'moderation')) return [safetyOf(value, model)];
  return [[name, value]];
}

/** A size of a model that knows shapes only: taken where one of them is exactly its shape. */
function shapeOf(size: Json, model: Model): readonly [string, Json] {
  const ratios = choicesOf(model, 'aspect_ratio');
  if (ratios.length === 0) {
    throw refuseField('size', `${model.id} takes no size; leave it out or give auto`);
  }
  const measures = measuresOf(size);
  const ratio = measures && ratios.find((one) => isShapeOf(one, measures));
  if (ratio) return ['aspect_ratio', ratio];
  const taken = `${model.id} takes auto, or a size whose shape is exactly ${ratios.join(', ')}`;
  throw refuseField('size', `${shown(size)} is not taken; ${taken}`);
}

/** `moderation` is OpenAI's name of `safety`, where the model's has the same words. */
function safetyOf(moderation: Json, model: Model): readonly [string, Json] {
  const words = choicesOf(model, 'safety');
  if (words.some((word) => word === moderation)) return ['safety', moderation];
  const instead = hasField(model, 'safety') ? '; it has a scale of its own in safety' : '';
  throw refuseField('moderation', `${shown(moderation)} is not taken by ${model.id}${instead}`);
}

interface Edit {
  readonly model: Model;
  readonly files: ImageFiles;
}

function withPictures(
  input: Readonly<Record<string, Json>>,
  body: JsonObject,
  { model, files }: Edit,
): JsonObject {
  const named = isSent(body['images']) ? picturesNamed(body['images']) : [];
  const pictures = [...files.pictures, ...named];
  const mask = files.mask ?? (isSent(body['mask']) ? urlOf(body['mask'], 'mask') : null);
  if (mask !== null && !hasField(model, 'mask_url')) {
    throw refuseField('mask', `${model.id} takes no mask; leave it out`);
  }
  if (mask !== null && Object.hasOwn(input, 'mask_url')) throw twice('mask', 'mask_url');
  const field = PICTURE_FIELDS.find((name) => hasField(model, name));
  if (field === undefined) {
    throw refuseField(
      'image',
      `${model.id} takes no pictures; POST /v1/images/generations makes new ones`,
    );
  }
  if (pictures.length > 0 && Object.hasOwn(input, field)) throw twice('image', field);
  const given = PICTURE_FIELDS.some((name) => Object.hasOwn(input, name));
  if (pictures.length === 0 && !given)
    throw refuseField('image', 'an edit needs at least one picture');
  return {
    ...input,
    ...(pictures.length > 0 && { [field]: pictures }),
    ...(mask !== null && { mask_url: mask }),
  };
}

/** Where the pictures of an edit go, in order of preference. */
const PICTURE_FIELDS = ['image_urls', 'reference_image_urls'] as const;

const isSent = (value: Json | undefined): value is Exclude<Json, null> =>
  value !== undefined && value !== null;

function picturesNamed(images: Json): readonly string[] {
  if (isList(images)) return images.map((image, index) => urlOf(image, `images.${index}`));
  throw refuseField('images', 'give a list of {"image_url": "https://…"}');
}

/** OpenAI's `{image_url}`; its `{file_id}` names a file of the upstream's account. */
export function urlOf(value: Json, param: string): string {
  const { image_url: url, ...rest } = isObject(value) ? value : {};
  if (Object.hasOwn(rest, 'file_id')) {
    throw refuseField(
      param,
      'files of the upstream are not taken; give image_url, or the file itself',
    );
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw refuseField(`${param}.${unknown}`, 'it takes image_url alone');
  if (typeof url === 'string') return url;
  throw refuseField(param, `${shown(value)} is not taken; give {"image_url": "https://…"}`);
}

const twice = (param: string, field: string) =>
  refuseField(param, `it says what ${field} says too; leave one of them out`);
