import { listAt, nonEmpty, numberAt, textAt } from './json.js';
import { openaiWireForm } from './openai-wire-form.js';
import type {
  Done,
  JsonObject,
  MediaSlot,
  ProviderContext,
  ResultFailure,
  VendorOutput,
} from './provider.js';
import { unreadable } from './refusal.js';
import { callVendor, type VendorAnswer } from './vendor-call.js';

/**
 * OpenAI's Images API as a wire format, which others speak too. A request is the body of
 * `POST /images/generations`; with `image` in it (a list of data URLs) it goes to `POST /images/edits`
 * as a form instead, and `mask` (a data URL) with it.
 */
export async function callImages(
  context: ProviderContext,
  vendor: string,
  request: JsonObject,
): Promise<VendorAnswer> {
  const isEdit = 'image' in request;
  return await callVendor(context, {
    vendor,
    method: 'POST',
    url: `${context.baseUrl}/images/${isEdit ? 'edits' : 'generations'}`,
    headers: bearer,
    ...(isEdit ? { form: openaiWireForm(request, ['image', 'mask']) } : { body: request }),
  });
}

/** How every call of this wire carries its key. */
export const bearer = (key: string): Readonly<Record<string, string>> => ({
  authorization: `Bearer ${key}`,
});

/** The places of `image_urls` and `mask_url` in a request, to be filled; none where neither is given. */
export function imageParts(input: JsonObject): Readonly<Record<string, readonly null[] | null>> {
  const images = listAt(input, 'image_urls');
  return {
    ...(images.length === 0 ? {} : { image: images.map(() => null) }),
    ...(textAt(input, 'mask_url') === undefined ? {} : { mask: null }),
  };
}

/** "Less than 50 MB" and "less than 4 MB" of npm openai 7.57.0, `ImageEditParams`. */
const MAX_IMAGE_BYTES = 50_000_000 - 1;
const MAX_MASK_BYTES = 4_000_000 - 1;

/** How those places are filled. A mask has the measures of the first picture: the vendor compares them. */
export function imageMedia(input: JsonObject): readonly MediaSlot[] {
  const images = listAt(input, 'image_urls').map((source, index): MediaSlot => {
    return {
      at: `/image/${index}`,
      field: `input.image_urls.${index}`,
      source: String(source),
      kind: 'image',
      as: 'data-url',
      maxBytes: MAX_IMAGE_BYTES,
      accepts: ['image/png', 'image/jpeg', 'image/webp'],
    };
  });
  const mask = textAt(input, 'mask_url');
  if (mask === undefined) return images;
  const slot: MediaSlot = {
    at: '/mask',
    field: 'input.mask_url',
    source: mask,
    kind: 'image',
    as: 'data-url',
    maxBytes: MAX_MASK_BYTES,
    accepts: ['image/png'],
  };
  return [...images, slot];
}

/**
 * The pictures of an answer, and what is missing of those asked for. Not one of them: the request may
 * have been billed all the same. @throws ProviderError
 */
export function readImages(
  answer: VendorAnswer,
  request: JsonObject,
): Pick<Done, 'outputs' | 'failures'> {
  const items = listAt(answer.body, 'data');
  const outputs = nonEmpty(items.map(readImage).filter((image) => image !== undefined));
  if (!outputs) throw unreadable(answer, 'a picture');
  const asked = Math.max(items.length, numberAt(request, 'n') ?? 1);
  const missing = Array.from({ length: asked - outputs.length }, (): ResultFailure => NOT_MADE);
  return { outputs, ...(missing.length === 0 ? {} : { failures: missing }) };
}

const NOT_MADE: ResultFailure = {
  code: 'TASK_FAILED',
  message: 'The vendor answered fewer pictures than were asked for.',
};

/** How long the links lived that OpenAI's retired models answered; its imitators say nothing better. */
const LINK_LIFE_MS = 60 * 60 * 1000;

function readImage(item: unknown): VendorOutput | undefined {
  const bytes = Buffer.from(textAt(item, 'b64_json') ?? '', 'base64');
  if (bytes.length > 0) return { from: 'bytes', bytes };
  const url = textAt(item, 'url');
  return url === undefined ? undefined : { from: 'url', url, expiresAt: Date.now() + LINK_LIFE_MS };
}
