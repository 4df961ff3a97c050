import { decimalOf } from '@app/prices';
import type { ExplainedPrice, ExplainedPriceLine } from '../explain/explanation.js';
import { amountOfLine, type UsedLine } from './price-usage.js';
import type { Settlement } from './settled-cost.js';

/** What a call is charged, for its tenant to check by hand. Null: nothing is. Pure. */
export function explainedPrice(
  { kind, nanoUsd, lines, usage }: Settlement,
  version: string,
): ExplainedPrice | null {
  if (kind !== 'charge') return null;
  const sum = lines.reduce((known, line) => known + (amountOfLine(line) ?? 0), 0);
  const rest = nanoUsd === null ? 0 : nanoUsd - sum;
  return {
    version,
    lines: [...lines.map(explainedLine), ...(rest === 0 ? [] : [boundLine(rest)])],
    usd: nanoUsd === null ? null : usdOf(nanoUsd),
    source: usage.source,
  };
}

function explainedLine(line: UsedLine): ExplainedPriceLine {
  const nanoUsd = amountOfLine(line);
  return {
    unit: line.unit,
    units: line.units,
    usdPerUnit: line.pico === null ? null : decimalOf(line.pico, PICO_DIGITS),
    usd: nanoUsd === null ? null : usdOf(nanoUsd),
  };
}

/** An estimate is never charged beyond what the call was let through for; where no price is known it is that. */
const boundLine = (nanoUsd: number): ExplainedPriceLine => ({
  unit: 'bound',
  units: 1,
  usdPerUnit: null,
  usd: usdOf(nanoUsd),
});

const usdOf = (nanoUsd: number): string => decimalOf(BigInt(nanoUsd), NANO_DIGITS);

const NANO_DIGITS = 9;
const PICO_DIGITS = 12;
