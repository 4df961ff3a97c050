import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { isFields, readList, readText, type Fields } from '../fields.js';
import { invalidRequest } from './openai-error.js';
import { readUpload } from './read-upload.js';

/** What came to `/images/edits`, the same for both encodings. */
export interface EditRequest {
  /** Everything but the pictures. */
  readonly fields: Fields;
  readonly pictures: readonly Buffer[];
  readonly mask: Buffer | null;
}

/** Reads a form (`image`, or `image[]` for each of several; `mask`) or JSON (`images`, `mask`). @throws OpenAiError */
export async function readEditRequest(request: FastifyRequest): Promise<EditRequest> {
  const { body } = request;
  if (body instanceof Readable) {
    return await readForm(await readUpload(body, request.headers['content-type'] ?? ''));
  }
  if (isFields(body)) return readJson(body);
  throw invalidRequest('The body must be multipart/form-data or JSON.', null, null);
}

const FILE_PARTS: ReadonlySet<string> = new Set(['image', 'image[]', 'mask']);

async function readForm(form: FormData): Promise<EditRequest> {
  const fields: Record<string, unknown> = {};
  const files: { readonly part: string; readonly bytes: Buffer }[] = [];
  for (const [part, value] of form) {
    if (typeof value === 'string') fields[part] = typed(part, value);
    else files.push({ part, bytes: Buffer.from(await value.arrayBuffer()) });
  }
  const stray = files.find(({ part }) => !FILE_PARTS.has(part));
  if (stray) {
    throw invalidRequest(`Unknown parameter: '${stray.part}'.`, stray.part, 'unknown_parameter');
  }
  return {
    fields,
    pictures: files.filter(({ part }) => part !== 'mask').map(({ bytes }) => bytes),
    mask: files.find(({ part }) => part === 'mask')?.bytes ?? null,
  };
}

/** A form has only text; these are no texts. */
const NUMBERS: ReadonlySet<string> = new Set(['n', 'output_compression', 'partial_images']);

function typed(part: string, value: string): unknown {
  if (NUMBERS.has(part) && /^-?\d{1,9}$/.test(value)) return Number(value);
  if (part === 'stream' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function readJson(body: Fields): EditRequest {
  const { images: _images, mask, ...fields } = body;
  return {
    fields,
    pictures: readList(body, 'images').map((reference) => referenced(reference, 'images')),
    mask: mask === undefined ? null : referenced(mask, 'mask'),
  };
}

const DATA_URL = /^data:image\/[a-z+]+;base64,/;

/** The stand-in fetches nothing: what is not in the request itself cannot be had. */
function referenced(reference: unknown, param: string): Buffer {
  const url = isFields(reference) ? readText(reference, 'image_url') : '';
  const [head] = DATA_URL.exec(url.slice(0, 100)) ?? [];
  if (head !== undefined) return Buffer.from(url.slice(head.length), 'base64');
  const message = `Invalid '${param}': image_url must be a data URL; this stand-in of OpenAI fetches nothing and shares no files.`;
  throw invalidRequest(message, param, 'invalid_value');
}
