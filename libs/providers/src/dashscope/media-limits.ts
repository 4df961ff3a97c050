import type { MediaSlot } from '../provider.js';

/** How a model takes a picture, film or sound; `SOURCE.md` says from where. */
export type MediaLimits = Pick<MediaSlot, 'kind' | 'as' | 'maxBytes' | 'accepts' | 'pixels'>;

const MEGABYTE = 1000 * 1000;
const JPEG_PNG_WEBP = ['image/jpeg', 'image/png', 'image/webp'];
const WITH_BMP = [...JPEG_PNG_WEBP, 'image/bmp'];

/** Qwen-Image names no measures that could be confirmed. */
export const QWEN_PICTURE: MediaLimits = {
  kind: 'image',
  as: 'data-url',
  maxBytes: 10 * MEGABYTE,
  accepts: WITH_BMP,
};

/** Wan 2.2 to 2.6: frames to begin and to end with. */
export const OLDER_WAN_FRAME: MediaLimits = {
  kind: 'image',
  as: 'data-url',
  maxBytes: 10 * MEGABYTE,
  accepts: WITH_BMP,
  pixels: { minEdge: 360, maxEdge: 2000 },
};

/** Wan 2.6 takes its references by address only. */
export const OLDER_WAN_REFERENCE: MediaLimits = { ...OLDER_WAN_FRAME, as: 'url' };

/** Wan 2.7, whatever the picture is for. */
export const WAN_PICTURE: MediaLimits = {
  kind: 'image',
  as: 'data-url',
  maxBytes: 20 * MEGABYTE,
  accepts: WITH_BMP,
  pixels: { minEdge: 240, maxEdge: 8000, maxRatio: 8 },
};

/** Wan 3.0: no limits could be read; those of 2.7 in bytes and types. */
export const WAN_3_PICTURE: MediaLimits = {
  kind: 'image',
  as: 'data-url',
  maxBytes: 20 * MEGABYTE,
  accepts: WITH_BMP,
};

export const HAPPYHORSE_FRAME: MediaLimits = {
  kind: 'image',
  as: 'data-url',
  maxBytes: 10 * MEGABYTE,
  accepts: JPEG_PNG_WEBP,
  pixels: { minEdge: 300, maxRatio: 2.5 },
};

export const HAPPYHORSE_REFERENCE: MediaLimits = {
  kind: 'image',
  as: 'data-url',
  maxBytes: 10 * MEGABYTE,
  accepts: JPEG_PNG_WEBP,
  pixels: { minEdge: 400 },
};

/** Films go in by address only, with every model. */
export const FILM: MediaLimits = {
  kind: 'video',
  as: 'url',
  maxBytes: 100 * MEGABYTE,
  accepts: ['video/mp4', 'video/quicktime'],
};

/** Sound too; 3 to 30 seconds. */
export const SOUND: MediaLimits = {
  kind: 'audio',
  as: 'url',
  maxBytes: 15 * MEGABYTE,
  accepts: ['audio/wav', 'audio/mpeg'],
};
