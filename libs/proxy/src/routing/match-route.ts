import { modelSpelling, nameGlob } from '@app/tenants';
import type { Route } from './route.js';

/**
 * The route of a model: the one of its very name, else that of the glob that says most of it (most
 * characters that are no star; of equal ones the first by alphabet). Null: no route, or the call names no model.
 */
export function matchRoute(routes: readonly Route[], model: string | null): Route | null {
  if (model === null) return null;
  const name = modelSpelling(model);
  const { names, globs } = readRoutes(routes);
  return names.get(name) ?? globs.find(({ matches }) => matches(name))?.route ?? null;
}

/** Whether its model is a pattern; of one that is not the model can be asked by that name. */
export const isGlob = ({ model }: Pick<Route, 'model'>): boolean => model.includes('*');

interface ReadRoutes {
  readonly names: ReadonlyMap<string, Route>;
  /** The first that matches is meant. */
  readonly globs: readonly Glob[];
}

interface Glob {
  readonly route: Route;
  readonly matches: (name: string) => boolean;
}

/** Routes stay the same array until one changes; each array is read once. */
const known = new WeakMap<readonly Route[], ReadRoutes>();

function readRoutes(routes: readonly Route[]): ReadRoutes {
  const before = known.get(routes);
  if (before) return before;
  const ordered = routes.toSorted(byPrecedence);
  const names = new Map<string, Route>();
  for (const route of ordered) {
    const name = modelSpelling(route.model);
    if (!isGlob(route) && !names.has(name)) names.set(name, route);
  }
  const globs = ordered
    .filter(isGlob)
    .map((route) => ({ route, matches: nameGlob(modelSpelling(route.model)) }));
  const read = { names, globs };
  known.set(routes, read);
  return read;
}

/** By text where nothing else tells them apart, so that every process chooses the same. */
function byPrecedence(a: Route, b: Route): number {
  const more = literalLength(b) - literalLength(a);
  if (more !== 0) return more;
  return a.model < b.model ? -1 : 1;
}

const literalLength = ({ model }: Route): number => model.replaceAll('*', '').length;
