/** One of several that share work, each by its weight. */
export interface Sharer {
  /** More than 0. */
  readonly weight: number;
  readonly inFlight: number;
  /** `turnOf` when it was chosen last; null: it never was. */
  readonly lastTurn: number | null;
}

/**
 * The one whose turn it is: over time each gets its share, and none has more in flight than its share
 * of all, rounded up, because the slow must not collect. Who was away has missed its turns, and gets
 * none back. Undefined when there are none.
 */
export function chooseByWeight<T extends Sharer>(sharers: readonly T[]): T | undefined {
  const [total, weights] = [sum(sharers, (one) => one.inFlight), sum(sharers, (one) => one.weight)];
  let best: T | undefined;
  for (const one of sharers) {
    const quota = Math.ceil(((total + 1) * one.weight) / weights - ROUNDING);
    if (one.inFlight >= quota) continue;
    if (!best || turnOf(one, sharers) < turnOf(best, sharers)) best = one;
  }
  return best;
}

/** When it is this one's turn, in a time that passes with the work: 1 for each piece, at weight 1. */
export function turnOf({ weight, lastTurn }: Sharer, sharers: readonly Sharer[]): number {
  const now = Math.max(0, ...sharers.map((one) => one.lastTurn ?? 0));
  return lastTurn === null ? now : Math.max(lastTurn + 1 / weight, now);
}

/** So that a share of a tenth of ten is one, whatever the binary fractions say. */
const ROUNDING = 1e-9;

const sum = <T>(items: readonly T[], of: (item: T) => number): number =>
  items.reduce((total, item) => total + of(item), 0);
