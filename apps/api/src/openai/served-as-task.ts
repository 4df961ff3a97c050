import type { Catalog, Model, Provider } from '@app/providers';

/** What this vendor makes in OpenAI's own shapes, the pass-through's upstream makes without us. */
const UPSTREAM = 'openai';

export const isUpstreams = (provider: Pick<Provider, 'id'>): boolean => provider.id === UPSTREAM;

/**
 * The model of the catalog that a task makes; null: the name is the upstream's, known to us or not. A
 * name for an upstream's model that only we know (`gpt-image-2-pro`) is ours.
 */
export function servedAsTask(catalog: Catalog, name: string): Model | null {
  const lookup = catalog.find(name);
  if (!lookup.found) return null;
  const { model, provider } = lookup;
  return isUpstreams(provider) && name === model.vendorModel ? null : model;
}
