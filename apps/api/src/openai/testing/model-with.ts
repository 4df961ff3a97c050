import type { JsonObject, Model } from '@app/providers';

/** A model that takes these fields. */
export const modelWith = (properties: JsonObject, kind: Model['kind'] = 'image'): Model => ({
  id: 'some-model',
  aliases: [],
  kind,
  vendorModel: 'some-model',
  inputSchema: { type: 'object', properties, additionalProperties: false },
  example: { prompt: 'a boat' },
  pricedAs: 'some-model',
  typicalSeconds: 1,
  submitTimeoutSeconds: 60,
});
