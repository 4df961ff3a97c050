import { imageSize } from 'image-size';
import { invalidRequest } from './openai-error.js';

/** A picture that came with a request. */
export interface GivenPicture {
  readonly width: number;
  readonly height: number;
}

const MAX_PICTURES = 16;
const MAX_PICTURE_BYTES = 50_000_000;
const MAX_MASK_BYTES = 4_000_000;
const TYPES = ['png', 'jpg', 'webp'];

/** Judges what is to be edited, as the vendor does before anything is made. @throws OpenAiError 400 */
export function judgePictures(
  pictures: readonly Buffer[],
  mask: Buffer | null,
): readonly GivenPicture[] {
  const [first] = pictures;
  if (!first) {
    throw invalidRequest(
      "Missing required parameter: 'image'.",
      'image',
      'missing_required_parameter',
    );
  }
  if (pictures.length > MAX_PICTURES) {
    throw invalidRequest(`Too many images: ${MAX_PICTURES} at most.`, 'image', 'invalid_value');
  }
  const given = pictures.map((bytes) =>
    readPicture(bytes, { param: 'image', types: TYPES, maxBytes: MAX_PICTURE_BYTES }),
  );
  if (mask) judgeMask(mask, given[0]);
  return given;
}

function judgeMask(mask: Buffer, first: GivenPicture | undefined): void {
  const rules = { param: 'mask', types: ['png'], maxBytes: MAX_MASK_BYTES };
  const { width, height } = readPicture(mask, rules);
  if (width === first?.width && height === first.height) return;
  throw invalidRequest(
    'Invalid mask image: its size does not match the size of the image.',
    'mask',
    'invalid_value',
  );
}

function readPicture(
  bytes: Buffer,
  rules: { readonly param: string; readonly types: readonly string[]; readonly maxBytes: number },
): GivenPicture {
  const { param, types, maxBytes } = rules;
  const read = measure(bytes);
  if (!read || !types.includes(read.type)) {
    const message = `Invalid file '${param}': unsupported image; supported are ${types.join(', ')}.`;
    throw invalidRequest(message, param, 'invalid_image_file');
  }
  if (bytes.length < maxBytes) return { width: read.width, height: read.height };
  const message = `Invalid file '${param}': it must be less than ${maxBytes / 1_000_000} MB.`;
  throw invalidRequest(message, param, 'invalid_image_file');
}

function measure(bytes: Buffer): (GivenPicture & { readonly type: string }) | null {
  try {
    const { width, height, type = '' } = imageSize(bytes);
    return { width, height, type };
  } catch {
    return null; // It cannot be read, which is the answer.
  }
}
