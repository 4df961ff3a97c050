/** Some that count in the same scopes. */
export interface ScopeGroup<T> {
  readonly scopes: readonly string[];
  readonly of: readonly T[];
}

/**
 * By their scopes, and no more at once than Redis ends in a moment: a script looks for each of them in each
 * scope, so those of a hundred tenants together would be looked for a hundred times too often.
 */
export function byScopes<T>(
  all: readonly T[],
  scopesOf: (one: T) => readonly string[],
): readonly ScopeGroup<T>[] {
  const groups = Map.groupBy(all, (one) => JSON.stringify(scopesOf(one)));
  return [...groups.values()].flatMap((group) => {
    const scopes = group[0] === undefined ? [] : scopesOf(group[0]);
    const pages = Math.ceil(group.length / AT_ONCE);
    return Array.from({ length: pages }, (_, page) => ({
      scopes,
      of: group.slice(page * AT_ONCE, (page + 1) * AT_ONCE),
    }));
  });
}

const AT_ONCE = 200;
