import { GatewayError } from '@app/errors';
import { headerPairs, type RawHeaders } from './raw-headers.js';

/** The most that a call may cost, in its caller's own words; never sent on. */
export const MAX_COST_HEADER = 'x-taskgate-max-cost';

/** USD; null: none was named. @throws GatewayError INVALID_REQUEST */
export function readMaxCost(headers: RawHeaders): number | null {
  const given: string[] = [];
  for (const [name, value] of headerPairs(headers)) {
    if (name.toLowerCase() === MAX_COST_HEADER) given.push(value.trim());
  }
  const [first] = given;
  if (first === undefined) return null;
  if (given.length === 1 && DECIMAL.test(first) && Number.isFinite(Number(first))) {
    return Number(first);
  }
  const message = `${MAX_COST_HEADER} takes one number of USD from 0, such as 0.05.`;
  throw new GatewayError('INVALID_REQUEST', message, { param: MAX_COST_HEADER });
}

const DECIMAL = /^\d{1,15}(\.\d{1,20})?(e[+-]?\d{1,2})?$/i;
