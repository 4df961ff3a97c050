import type { Catalog, Model } from '@app/providers';

/** What this vendor makes in OpenAI's own shapes, the pass-through's upstream makes without us. */
const UPSTREAM = 'openai';

/** The model of the catalog that a task makes; null: the name is the upstream's, known to us or not. */
export function servedAsTask(catalog: Catalog, name: string): Model | null {
  const lookup = catalog.find(name);
  return lookup.found && lookup.provider.id !== UPSTREAM ? lookup.model : null;
}
