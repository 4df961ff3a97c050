import type { PriceUnit } from './price-table.js';

/** What prices are for, in words for one and for many. */
export const PRICE_UNITS: Readonly<Record<PriceUnit, readonly [one: string, many: string]>> = {
  image: ['image', 'images'],
  'further-megapixel': ['further megapixel', 'further megapixels'],
  'input-image': ['input image', 'input images'],
  second: ['second', 'seconds'],
  'video-token': ['video token', 'video tokens'],
  character: ['character', 'characters'],
  'audio-in-second': ['second of audio input', 'seconds of audio input'],
  'text-in-token': ['text input token', 'text input tokens'],
  'text-in-cached-token': ['cached text input token', 'cached text input tokens'],
  'text-in-cache-write-token': [
    'text input token written to the cache',
    'text input tokens written to the cache',
  ],
  'text-out-token': ['text output token', 'text output tokens'],
  'audio-in-token': ['audio input token', 'audio input tokens'],
  'audio-in-cached-token': ['cached audio input token', 'cached audio input tokens'],
  'audio-out-token': ['audio output token', 'audio output tokens'],
  'image-in-token': ['image input token', 'image input tokens'],
  'image-in-cached-token': ['cached image input token', 'cached image input tokens'],
  'image-out-token': ['image output token', 'image output tokens'],
};
