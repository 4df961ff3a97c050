import { modelPrices, type PriceFacts, type PriceTable } from '@app/prices';
import { type ChargedUsage, NO_USAGE, type UsageSource } from '@app/tenants';
import type { Outcome } from '../governor.js';
import type { ObservedUsage } from '../token-usage.js';
import type { AskedCall } from './asked-call.js';
import type { CostBound } from './bound.js';
import { LONG_CONTEXT, standardTier } from './cost-bound.js';
import {
  amountOfLines,
  pricedLines,
  type UsageLine,
  usageLines,
  type UsedLine,
} from './price-usage.js';

/** What became of a call: `charge` is the tenant's, `lost` what the upstream may have charged for nothing. */
export interface Settlement {
  /** `none`: it costs nothing, so nothing is written. */
  readonly kind: 'charge' | 'lost' | 'none';
  /** Null: the price is unknown. */
  readonly nanoUsd: number | null;
  readonly usage: ChargedUsage;
  /** What was used, by its price; none where that is not known. */
  readonly lines: readonly UsedLine[];
  /** In and out, as far as it is known or estimated. */
  readonly tokens: number;
}

/**
 * - An answer that tells its usage is charged by that, at the price of each kind of token.
 * - One without (a stream without `include_usage`, one that was cut, a text of a transcription) is estimated:
 *   a token in for every 4 bytes of the request, a token out for every event of a stream, else for every 4
 *   bytes of the answer, never more out than the call could ask for.
 * - An error of the upstream costs nothing. So does an answer that never came: what the upstream may have
 *   charged for it is lost; where the caller did not wait for it, what went in is the caller's.
 * - What is answered in the background tells no usage: its price is unknown.
 * - A price that is unknown is null, but for a call that was let through on a bound: it is charged that.
 *
 * Pure. `bound` is null where money was not limited and so nothing was bounded.
 */
export function settle(
  call: AskedCall,
  outcome: Outcome,
  { table, bound }: { readonly table: PriceTable; readonly bound: CostBound | null },
): Settlement {
  const { endpoint } = call;
  const { status, callerLeft } = outcome;
  if (endpoint === 'free' || (status !== null && (status < 200 || status >= 300))) return NOTHING;
  const seen = status === null ? null : reported(outcome.usage);
  const { usage, source } = seen ?? estimated(call, outcome, bound);
  const lines = linesOf(call, usage, source);
  // As asked for: an alias that the upstream answers with must not change what a call was bounded by.
  const prices = modelPrices(table, call.model ?? usage.model ?? '');
  const used = lines && pricedLines(prices, lines, factsOf(usage));
  const nanoUsd = prices && used && amountOfLines(used);
  const most = bound?.nanoUsd ?? null;
  return {
    kind: status === null && !callerLeft ? 'lost' : 'charge',
    // Our own estimate of a call is not to pass what we let it through for.
    nanoUsd:
      source === 'estimated' && most !== null ? Math.min(nanoUsd ?? most, most) : (nanoUsd ?? most),
    usage: {
      ...chargedUsage(usage),
      source: nanoUsd === null && most !== null ? 'estimated' : source,
    },
    lines: used ?? [],
    // What is still being made in the background may use all that was let through.
    tokens:
      call.inBackground && seen === null
        ? (bound?.tokens ?? 0)
        : (usage.tokensIn ?? 0) + (usage.tokensOut ?? 0),
  };
}

interface Judged {
  readonly usage: ObservedUsage;
  readonly source: UsageSource;
}

const reported = (usage: ObservedUsage): Judged | null => {
  const isTold = usage.tokensIn !== null || usage.tokensOut !== null || usage.seconds !== null;
  return isTold ? { usage, source: 'provider' } : null;
};

function estimated(
  { endpoint, bodyBytes, maxTokens, characters, pictureTokens, inBackground }: AskedCall,
  { status, usage, bytesOut }: Outcome,
  bound: CostBound | null,
): Judged {
  const unknown: Judged = { usage, source: 'none' };
  if (bodyBytes === null || inBackground) return unknown;
  const mostIn =
    bound === null || bound.tokens === null ? Infinity : bound.tokens - (bound.tokensOut ?? 0);
  const tokensIn = Math.min(seenTokens(bodyBytes), mostIn);
  const guess = (tokensOut: number): Judged => ({
    usage: { ...usage, tokensIn, tokensOut },
    source: 'estimated',
  });
  switch (endpoint) {
    case 'free':
    case 'unpriced':
    case 'transcription':
    case 'realtime':
      return unknown;
    case 'speech':
      return characters === null ? unknown : { usage, source: 'estimated' };
    case 'embeddings':
      return guess(0);
    case 'images':
      if (status === null) return guess(0);
      return pictureTokens === null ? unknown : guess(pictureTokens);
    case 'text': {
      const out = usage.events > 0 ? usage.events : seenTokens(bytesOut);
      const most = bound?.tokensOut ?? maxTokens ?? Infinity;
      return guess(status === null ? 0 : Math.min(out, most));
    }
  }
}

/** Null: what was used is not known. */
function linesOf(
  call: AskedCall,
  usage: ObservedUsage,
  source: UsageSource,
): readonly UsageLine[] | null {
  if (source === 'none') return null;
  const { endpoint, characters } = call;
  if (endpoint !== 'speech' || source === 'provider') return usageLines(usage, endpoint);
  return [{ unit: 'character', units: characters ?? 0 }];
}

const factsOf = (usage: ObservedUsage): PriceFacts => ({
  longContext: (usage.tokensIn ?? 0) > LONG_CONTEXT,
  tier: standardTier(usage.serviceTier ?? 'default'),
});

const chargedUsage = (usage: ObservedUsage): Omit<ChargedUsage, 'source'> => ({
  tokensIn: usage.tokensIn,
  tokensOut: usage.tokensOut,
  tokensCached: usage.tokensCached,
  tokensReasoning: usage.tokensReasoning,
  tokensAudio:
    usage.audioIn === null && usage.audioOut === null
      ? null
      : (usage.audioIn ?? 0) + (usage.audioOut ?? 0),
  unit: usage.seconds === null ? null : 'second',
  quantity: usage.seconds,
});

const seenTokens = (bytes: number): number => Math.ceil(bytes / 4);

const NOTHING: Settlement = {
  kind: 'none',
  nanoUsd: 0,
  usage: NO_USAGE,
  lines: [],
  tokens: 0,
};
