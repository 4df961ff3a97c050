import type { JsonObject } from '../json.js';

/** Open, because nobody here knows the upstream; `refusedOption` judges what is in it. */
export function openOptionsField(): JsonObject {
  return {
    type: 'object',
    properties: {},
    additionalProperties: true,
    description:
      "The upstream's own fields, sent as they are; none that the gateway sets, that may change the price, that names a file, job or address, or that calls back.",
  };
}

export const UNKNOWN_UPSTREAM =
  'Of an upstream that the operator named: what it takes and costs is known there alone.';
