import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { isFields, readText, text, type Check, type Fields } from '../fields.js';
import type { AspectRatio } from '../media/render.js';
import { judgePictures } from '../openai/edit-pictures.js';
import { invalidRequest } from '../openai/openai-error.js';
import { readUpload } from '../openai/read-upload.js';
import { requireCompatibleModel, tolerantBody } from './compatible-body.js';

export interface VideoJob {
  readonly model: string;
  readonly prompt: string;
  /** As it arrived: seconds are text here. */
  readonly seconds: string;
  readonly size: string;
}

/** Reads both encodings of `POST /videos`. @throws OpenAiError */
export async function readVideoJob(request: FastifyRequest): Promise<VideoJob> {
  const { body } = request;
  const fields =
    body instanceof Readable
      ? await readForm(await readUpload(body, request.headers['content-type'] ?? ''))
      : tolerantBody(body, {});
  const model = readText(fields, 'model', 'sora-2');
  requireCompatibleModel(model, 'video');
  const checked = tolerantBody(fields, {
    required: { prompt: text(32_000) },
    optional: { ...rulesOf(model), input_reference: reference },
  });
  return {
    model,
    prompt: readText(checked, 'prompt'),
    seconds: readText(checked, 'seconds', '4'),
    size: readText(checked, 'size', '720x1280'),
  };
}

async function readForm(form: FormData): Promise<Fields> {
  const fields: Record<string, unknown> = {};
  for (const [part, value] of form) {
    if (typeof value === 'string') {
      const [, name] = /^input_reference\[(\w+)\]$/.exec(part) ?? [];
      if (name === undefined) fields[part] = value;
      else fields['input_reference'] = { [name]: value };
    } else if (part === 'input_reference') {
      judgePictures([Buffer.from(await value.arrayBuffer())], null);
    } else {
      throw invalidRequest(`Unknown parameter: '${part}'.`, part, 'unknown_parameter');
    }
  }
  return fields;
}

/** An object with exactly one of the two. */
const reference: Check = (value) =>
  isFields(value) && (readText(value, 'image_url') === '') !== (readText(value, 'file_id') === '')
    ? null
    : 'must have image_url or file_id';

const SORA_SECONDS = ['4', '8', '12', '16', '20'];
const SORA_SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];
const SORA_PRO_SIZES = [...SORA_SIZES, '1080x1920', '1920x1080'];

function rulesOf(model: string): Readonly<Record<'seconds' | 'size', Check>> {
  if (!model.startsWith('sora-2')) return { seconds: anySeconds, size: anySize };
  const sizes = model.startsWith('sora-2-pro') ? SORA_PRO_SIZES : SORA_SIZES;
  return { seconds: oneOfTexts(SORA_SECONDS), size: oneOfTexts(sizes) };
}

/** A number is none of them: `seconds` is text on this wire. */
const oneOfTexts =
  (allowed: readonly string[]): Check =>
  (value) =>
    allowed.some((known) => known === value)
      ? null
      : `must be one of ${allowed.map((known) => `'${known}'`).join(', ')}`;

const anySeconds: Check = (value) =>
  typeof value === 'string' && /^([1-9]|[1-5]\d|60)$/.test(value)
    ? null
    : "must be a text from '1' to '60'";

const anySize: Check = (value) =>
  typeof value === 'string' && /^\d{2,4}x\d{2,4}$/.test(value) ? null : 'must be WIDTHxHEIGHT';

/** The films of the sandbox are thumbnails: their shape is the nearest of three. */
export function ratioOf(size: string): AspectRatio {
  const [width = 1, height = 1] = size.split('x').map(Number);
  if (width > height) return '16:9';
  return width < height ? '9:16' : '1:1';
}
