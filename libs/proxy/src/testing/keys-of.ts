import type { UpstreamKey } from '../upstream-accounts.js';

/** Keys of equal weight. */
export const keysOf = (...keys: readonly string[]): readonly UpstreamKey[] =>
  keys.map((key) => ({ id: `id-of-${key}`, weight: 1, reveal: () => key }));
