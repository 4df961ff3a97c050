/** Integer nano-USD of a price in USD. The only place where money passes through a fraction. */
export function nanoUsd(usd: number): number {
  return Math.round(usd * 1e9);
}

/** A whole number of parts, of which a USD has ten to the power of `digits`, as a decimal that loses nothing. */
export function decimalOf(parts: bigint, digits: number): string {
  const text = String(parts < 0n ? -parts : parts).padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  const whole = `${parts < 0n ? '-' : ''}${text.slice(0, -digits)}`;
  return fraction === '' ? whole : `${whole}.${fraction}`;
}
