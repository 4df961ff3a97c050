import type { Check } from '../fields.js';

/** The vendor's own library writes these words in capitals, its pages do not. */
export const word =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value.toLowerCase())
      ? null
      : `must be one of ${words.join(', ')}`;
