import { isGlob, type Route } from '@app/proxy';
import { modelSpelling } from '@app/tenants';

/** OpenAI's `Model`. */
export interface ListedModel {
  readonly id: string;
  readonly object: 'model';
  /** Unix seconds; 0: not known. */
  readonly created: number;
  readonly owned_by: string;
}

/** A model of the catalog, whose day of birth no vendor tells. */
export const listedModel = (id: string, provider: string): ListedModel => ({
  id,
  object: 'model',
  created: 0,
  owned_by: provider,
});

/** What can be asked by the name of a route: an alias, or a model of another upstream. */
export const routedModels = (routes: readonly Route[]): readonly ListedModel[] =>
  routes.filter((route) => !isGlob(route)).map(({ model }) => listedModel(model, 'taskgate'));

/** The entries of an upstream's list as they came. @throws Error when it is no list */
export function upstreamModels(body: Buffer): readonly object[] {
  const data: unknown = Reflect.get(objectIn(body), 'data');
  if (!Array.isArray(data)) throw new Error('The upstream answered with no list of models');
  const entries: readonly unknown[] = data;
  return entries.filter((entry) => typeof entry === 'object' && entry !== null);
}

/** One model as it came. @throws Error when it is none */
export function upstreamModel(body: Buffer): object {
  const model = objectIn(body);
  if (Reflect.get(model, 'object') === 'model') return model;
  throw new Error('The upstream answered with no model');
}

function objectIn(body: Buffer): object {
  const value: unknown = JSON.parse(body.toString('utf8'));
  if (typeof value === 'object' && value !== null) return value;
  throw new Error('The upstream answered with no object');
}

/** The upstream's first; of ours those whose name is not there yet in any spelling. */
export function mergedModels(
  upstream: readonly object[],
  own: readonly ListedModel[],
): readonly object[] {
  const known = new Set(upstream.map((entry) => spelling(Reflect.get(entry, 'id'))));
  const added = own.filter(({ id }) => {
    const isNew = !known.has(spelling(id));
    known.add(spelling(id));
    return isNew;
  });
  return [...upstream, ...added];
}

const spelling = (id: unknown): string => modelSpelling(String(id));
