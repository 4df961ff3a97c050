/** So many units at so many pico-USD each. Units are whole, and at least 0. */
export interface PricedLine {
  readonly units: number;
  readonly pico: bigint;
}

/**
 * Whole nano-USD of what was used. Each line is rounded once, down: a part of a nano-USD is not charged.
 * So what a call came to is never more than its bound, which is rounded up.
 */
export const chargedAmount = (lines: readonly PricedLine[]): number =>
  Number(lines.reduce((sum, { units, pico }) => sum + (BigInt(units) * pico) / PICO, 0n));

/** Whole nano-USD of what may be used at most: each line rounded up. */
export const boundedAmount = (lines: readonly PricedLine[]): number =>
  Number(
    lines.reduce((sum, { units, pico }) => sum + (BigInt(units) * pico + PICO - 1n) / PICO, 0n),
  );

/** Pico-USD in a nano-USD. */
const PICO = 1000n;
