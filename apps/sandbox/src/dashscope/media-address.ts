import type { Check } from '../fields.js';

/** Films and sounds are fetched by the vendor; only pictures come in the request itself too. */
export const webAddress: Check = (value) =>
  typeof value === 'string' && /^(https?|oss):\/\/./.test(value)
    ? null
    : 'must be an http(s) or oss URL';

export const pictureAddress: Check = (value) =>
  typeof value === 'string' && /^((https?|oss):\/\/|data:image\/[a-z+]+;base64,)./.test(value)
    ? null
    : 'must be an http(s) URL or a data URL of an image';

/** What the stand-in takes a film that goes in to last, without looking at it. */
export const GIVEN_FILM_SECONDS = 3;
