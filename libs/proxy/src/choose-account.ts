import { chooseByWeight } from '@app/outbound';

/** What the choice between the keys of one upstream looks at. */
export interface AccountLoad {
  readonly inFlight: number;
  /** Unix milliseconds; in the past for a key that may be used. */
  readonly restsUntilMs: number;
  /** As in `chooseByWeight`; the lowest one was used longest ago. */
  readonly lastTurn: number | null;
  /** Its share of the work; more than 0. */
  readonly weight: number;
}

/**
 * The account with the fewest exchanges in flight, of equal ones the one used longest ago; by turns
 * where their weights differ. Resting
 * ones are left out; when all rest, the one that rests shortest: the upstream's own 429 tells the
 * caller more than a refusal of ours would. Undefined when there are none.
 */
export function chooseAccount<T extends AccountLoad>(
  accounts: readonly T[],
  nowMs: number,
): T | undefined {
  const ready = accounts.filter((account) => account.restsUntilMs <= nowMs);
  if (ready.length > 0) {
    const isEven = ready.every(({ weight }) => weight === ready[0]?.weight);
    if (!isEven) return chooseByWeight(ready);
    return least(ready, (one) => [one.inFlight, one.lastTurn ?? -1]);
  }
  return least(accounts, (one) => [one.restsUntilMs, one.inFlight]);
}

function least<T>(
  items: readonly T[],
  rank: (item: T) => readonly [number, number],
): T | undefined {
  let best: T | undefined;
  for (const item of items) {
    if (best === undefined || isLess(rank(item), rank(best))) best = item;
  }
  return best;
}

const isLess = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] === b[0] ? a[1] < b[1] : a[0] < b[0];
