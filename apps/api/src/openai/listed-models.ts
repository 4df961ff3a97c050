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

/** The entries of an upstream's list as they came. @throws Error when it is no list */
export function upstreamModels(body: Buffer): readonly object[] {
  const value: unknown = JSON.parse(body.toString('utf8'));
  const data: unknown = typeof value === 'object' && value !== null && Reflect.get(value, 'data');
  if (!Array.isArray(data)) throw new Error('The upstream answered with no list of models');
  const entries: readonly unknown[] = data;
  return entries.filter((entry) => typeof entry === 'object' && entry !== null);
}

/** The upstream's first; of ours those whose name it has in no spelling. */
export function mergedModels(
  upstream: readonly object[],
  own: readonly ListedModel[],
): readonly object[] {
  const known = new Set(upstream.map((entry) => spelling(Reflect.get(entry, 'id'))));
  return [...upstream, ...own.filter(({ id }) => !known.has(spelling(id)))];
}

const spelling = (id: unknown): string => modelSpelling(String(id));
