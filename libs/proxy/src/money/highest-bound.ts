import type { PriceTable } from '@app/prices';
import type { AskedTarget, GovernedCall } from '../governor.js';
import type { BoundedCall, CostBound } from './bound.js';
import { costBound } from './cost-bound.js';

/** What a call may use and cost at most, whoever of its targets answers; unknown as soon as one of theirs is. Pure. */
export function highestBound(call: GovernedCall, table: PriceTable): CostBound {
  const models = new Set((call.targets ?? []).map(({ model }) => model));
  const [first = costBound(call, table), ...rest] = [...models].map((model) =>
    costBound(askedAs(call, model), table),
  );
  return rest.reduce(higher, first);
}

/** The call as a target gets it, which may know the model by another name. Pure. */
function askedAs<T extends BoundedCall>(call: T, model: AskedTarget['model']): T {
  return call.body && model !== null ? { ...call, body: { ...call.body, model } } : call;
}

const higher = (a: CostBound, b: CostBound): CostBound => ({
  endpoint: a.endpoint,
  tokens: most(a.tokens, b.tokens),
  tokensOut: most(a.tokensOut, b.tokensOut),
  nanoUsd: most(a.nanoUsd, b.nanoUsd),
  gap: a.gap ?? b.gap,
});

const most = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : Math.max(a, b);
