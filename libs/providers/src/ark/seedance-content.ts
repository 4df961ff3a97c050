import { listAt, textAt } from '../json.js';
import type { JsonObject, MediaSlot } from '../provider.js';

/** The prompt and what goes with it, in the vendor's order of roles. */
export function seedanceContent(
  prompt: string,
  input: JsonObject,
): { readonly content: readonly JsonObject[]; readonly media: readonly MediaSlot[] } {
  const parts = ROLES.flatMap(({ field, role, kind }) =>
    sourcesOf(input, field).map((source, index) => ({ field, role, kind, source, index })),
  );
  const content = parts.map(({ role, kind }) => {
    const type = `${kind}_url`;
    return { type, [type]: { url: null }, role };
  });
  return {
    content: [{ type: 'text', text: prompt }, ...content],
    media: parts.map(({ field, kind, source, index }, place) => ({
      ...LIMITS[kind],
      at: `/content/${place + 1}/${kind}_url/url`,
      field: field.endsWith('s') ? `input.${field}.${index}` : `input.${field}`,
      source,
      kind,
    })),
  };
}

const ROLES = [
  { field: 'first_frame_url', role: 'first_frame', kind: 'image' },
  { field: 'last_frame_url', role: 'last_frame', kind: 'image' },
  { field: 'reference_image_urls', role: 'reference_image', kind: 'image' },
  { field: 'reference_video_urls', role: 'reference_video', kind: 'video' },
  { field: 'reference_audio_urls', role: 'reference_audio', kind: 'audio' },
] as const;

function sourcesOf(input: JsonObject, field: string): readonly string[] {
  const one = textAt(input, field);
  return one === undefined ? listAt(input, field).map(String) : [one];
}

const MEGABYTE = 1_000_000;

/** What the vendor takes; films only by URL. */
const LIMITS = {
  image: {
    as: 'data-url',
    maxBytes: 30 * MEGABYTE - 1,
    accepts: ['image/jpeg', 'image/png', 'image/webp', 'image/bmp', 'image/tiff', 'image/gif'],
    pixels: { minEdge: 300, maxEdge: 6000, maxRatio: 2.5 },
  },
  video: { as: 'url', maxBytes: 50 * MEGABYTE, accepts: ['video/mp4', 'video/quicktime'] },
  audio: { as: 'data-url', maxBytes: 15 * MEGABYTE, accepts: ['audio/wav', 'audio/mpeg'] },
} as const satisfies Record<
  MediaSlot['kind'],
  Pick<MediaSlot, 'as' | 'maxBytes' | 'accepts' | 'pixels'>
>;
