import { listAt, textAt } from '../json.js';
import type { Json, JsonObject, MediaSlot } from '../provider.js';

/** The pictures of an input: their places in the instance, and what fills them later. */
export interface VeoMedia {
  /** To be merged into the instance; the bytes and types are null. */
  readonly places: JsonObject;
  readonly slots: readonly MediaSlot[];
}

export function veoMedia(input: JsonObject): VeoMedia {
  const frames = FRAMES.flatMap(([field, name]) => {
    const source = textAt(input, field);
    return source === undefined ? [] : [{ field, name, source }];
  });
  const references = listAt(input, 'reference_image_urls').map(String);
  const places: Record<string, Json> = {};
  for (const { name } of frames) places[name] = EMPTY;
  if (references.length > 0) {
    places['referenceImages'] = references.map(() => ({ image: EMPTY, referenceType: 'asset' }));
  }
  return {
    places,
    slots: [
      ...frames.map(({ field, name, source }) => slot(name, field, source)),
      ...references.map((source, index) =>
        slot(`referenceImages/${index}/image`, `reference_image_urls.${index}`, source),
      ),
    ],
  };
}

const FRAMES = [
  ['first_frame_url', 'image'],
  ['last_frame_url', 'lastFrame'],
] as const;

const EMPTY: JsonObject = { bytesBase64Encoded: null, mimeType: null };

/** Unverified; the vendor's pages name 20 MB for pictures elsewhere. */
const MAX_PICTURE_BYTES = 20 * 1024 * 1024;

/** The types: VideoGenerationModelInstance of the vendor's REST reference. */
const TYPES = ['image/jpeg', 'image/png'] as const;

function slot(place: string, field: string, source: string): MediaSlot {
  return {
    at: `/body/instances/0/${place}/bytesBase64Encoded`,
    mimeAt: `/body/instances/0/${place}/mimeType`,
    field: `input.${field}`,
    source,
    kind: 'image',
    as: 'base64',
    maxBytes: MAX_PICTURE_BYTES,
    accepts: TYPES,
  };
}
