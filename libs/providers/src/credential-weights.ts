import { type Credential, SHIFT_SHARES } from './credential.js';

/**
 * What share of new work each credential has, by id. Two that take over from each other have together
 * what the one had that goes: so a shift moves nothing of the other keys' work.
 */
export function weightsOf(credentials: readonly Credential[]): ReadonlyMap<string, number> {
  const byId = new Map(credentials.map((one) => [one.id, one]));
  const weights = new Map(
    credentials.map((one) => [one.id, one.state === 'active' ? one.weight : 0]),
  );
  for (const { id, state, step, weight, replaces } of credentials) {
    if (state !== 'shifting') continue;
    const before = replaces === null ? undefined : byId.get(replaces);
    if (before?.state !== 'active') {
      weights.set(id, weight);
      continue;
    }
    const share = SHIFT_SHARES[step] ?? 1;
    weights.set(id, before.weight * share);
    weights.set(before.id, before.weight * (1 - share));
  }
  return weights;
}
