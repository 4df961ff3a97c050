import { type ModelPrices, type PriceFacts, type PriceUnit, rateOf } from '@app/prices';
import type { JudgedBody } from '../judged-body.js';
import type { BodyFacts } from './body-facts.js';
import type { PaidEndpoint } from './paid-endpoint.js';

/** A call as far as its price can be told from it. */
export interface BoundedCall {
  readonly method: string;
  readonly path: string;
  readonly body: JudgedBody | null;
}

/** What a call may use and cost at most, before it is sent. */
export interface CostBound {
  readonly endpoint: PaidEndpoint;
  /** In and out; null: nothing bounds them. */
  readonly tokens: number | null;
  /** Tokens that may come out; null as above. */
  readonly tokensOut: number | null;
  /** Null: unknown, and `gap` says why. */
  readonly nanoUsd: number | null;
  readonly gap: BoundGap | null;
}

/** Why there is no bound, for the caller: a whole sentence, and the field that would mend it. */
export interface BoundGap {
  readonly says: string;
  readonly param?: string;
}

export interface BoundPart {
  readonly endpoint: PaidEndpoint;
  readonly path: string;
  readonly body: JudgedBody;
  readonly facts: BodyFacts;
  readonly prices: ModelPrices | null;
}

/** The highest of what tokens of this direction may cost; null where the one that any call has is unknown. */
export function highest(
  prices: ModelPrices,
  units: readonly PriceUnit[],
  facts: PriceFacts,
  required: PriceUnit,
): bigint | null {
  const needed = rateOf(prices, required, facts);
  if (needed === null) return null;
  const rates = units.map((unit) => rateOf(prices, unit, facts) ?? 0n);
  return rates.reduce((most, rate) => (rate > most ? rate : most), needed);
}

export const gap = (says: string, param?: string): BoundGap => ({
  says,
  ...(param !== undefined && { param }),
});

export const IN_UNITS: readonly PriceUnit[] = [
  'text-in-token',
  'text-in-cached-token',
  'text-in-cache-write-token',
  'audio-in-token',
  'audio-in-cached-token',
  'image-in-token',
  'image-in-cached-token',
];
export const OUT_UNITS: readonly PriceUnit[] = ['text-out-token', 'audio-out-token'];
export const BYTES_PER_TOKEN = 2;

/** Keeps what a caller made up within whole numbers; far beyond every limit. */
export const atMost = (value: number): number => Math.min(value, MOST);
const MOST = 1e15;
