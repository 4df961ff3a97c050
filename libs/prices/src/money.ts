/** Integer nano-USD of a price in USD. The only place where money passes through a fraction. */
export function nanoUsd(usd: number): number {
  return Math.round(usd * 1e9);
}
