import { boundedAmount } from '@app/prices';
import {
  atMost,
  type BoundPart,
  type CostBound,
  gap,
  highest,
  IN_UNITS,
  OUT_UNITS,
} from './bound.js';

/**
 * The next turn of a realtime session: what it is asked has been said over minutes and by voice, so it is
 * bounded by what the model takes and says at most, each token at its dearest. Pure.
 */
export function realtimeBound({ endpoint, body, prices }: BoundPart): CostBound {
  const missing = (says: string): CostBound => ({
    endpoint,
    tokens: null,
    tokensOut: null,
    nanoUsd: null,
    gap: gap(says, 'model'),
  });
  if (!prices) return missing('The price of this model is not known');
  const { maxInputTokens: tokensIn, maxOutputTokens: most } = prices.limits ?? {};
  const rateIn = highest(prices, IN_UNITS, {}, 'text-in-token');
  const rateOut = highest(prices, OUT_UNITS, {}, 'text-out-token');
  if (tokensIn === undefined || most === undefined || rateIn === null || rateOut === null) {
    return missing('What a turn of this model costs at most is not known');
  }
  const tokensOut = Math.min(body.maxTokens ?? most, most);
  const lines = [
    { units: tokensIn, pico: rateIn },
    { units: tokensOut, pico: rateOut },
  ];
  return {
    endpoint,
    tokens: tokensIn + tokensOut,
    tokensOut,
    nanoUsd: atMost(boundedAmount(lines)),
    gap: null,
  };
}
