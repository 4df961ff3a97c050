/** A stream of pseudo-random numbers: the same seed gives the same run. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  /** A whole number of both ends or between. */
  between(low: number, high: number): number;
  chance(share: number): boolean;
  /** @throws RangeError when there is nothing to pick from */
  pick<T>(values: readonly T[]): T;
}

/** Mulberry32: small, quick and good enough to shuffle a test. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low: number, high: number): number =>
    low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    chance: (share) => next() < share,
    pick: (values) => {
      const picked = values[between(0, values.length - 1)];
      if (picked === undefined) throw new RangeError('There is nothing to pick from.');
      return picked;
    },
  };
}
