import { boundedAmount, modelPrices, type PriceTable, rateOf } from '@app/prices';
import { bodyFacts } from './body-facts.js';
import {
  atMost,
  type BoundedCall,
  type BoundPart,
  BYTES_PER_TOKEN,
  type CostBound,
  gap,
  highest,
  IN_UNITS,
  OUT_UNITS,
} from './bound.js';
import { imageBound } from './image-bound.js';
import { paidEndpoint } from './paid-endpoint.js';
import { realtimeBound } from './realtime-bound.js';

/**
 * Input counts as a token for every two bytes of the body, which is what lists of numbers come to and far
 * more than text has; what the body only names counts beside it (`body-facts.ts`). Output is what was asked
 * for, else what the model says at most. Each kind of token is taken at the highest price it may have. Pure.
 */
export function costBound(call: BoundedCall, table: PriceTable): CostBound {
  const endpoint = paidEndpoint(call.method, call.path);
  if (endpoint === 'free') return { endpoint, tokens: 0, tokensOut: 0, nanoUsd: 0, gap: null };
  const open = { endpoint, tokens: null, tokensOut: null, nanoUsd: null };
  if (endpoint === 'unpriced') return { ...open, gap: gap('What this path costs is not known') };
  if (!call.body)
    return {
      ...open,
      gap: gap('The body of this call is not read, so what it costs is not known'),
    };
  const { model } = call.body;
  if (model === null) return { ...open, gap: gap('Without a model no price is known', 'model') };
  const prices = modelPrices(table, model);
  const facts = bodyFacts(call.body);
  if (!facts)
    return { ...open, gap: gap('The body is no JSON object, so what it costs is not known') };
  const part = { endpoint, body: call.body, facts, prices, path: call.path };
  return endpoint === 'text' || endpoint === 'embeddings' ? textBound(part) : otherBound(part);
}

function textBound(part: BoundPart): CostBound {
  const { endpoint, facts, prices } = part;
  const tokensIn = boundIn(part);
  const tokensOut = endpoint === 'embeddings' ? 0 : boundOut(part);
  const tokens = tokensIn === null || tokensOut === null ? null : atMost(tokensIn + tokensOut);
  const bound = { endpoint, tokens, tokensOut };
  const missing = (says: string, param?: string): CostBound => ({
    ...bound,
    nanoUsd: null,
    gap: gap(says, param),
  });
  if (!prices) return missing('The price of this model is not known', 'model');
  if (facts.hostedTool !== null)
    return missing(`What the tool ${facts.hostedTool} costs is not known`, 'tools');
  if (facts.inBackground)
    return missing(
      'What a call costs that is answered in the background is not told here',
      'background',
    );
  if (tokensIn === null)
    return missing(
      'The body names content whose length is not known, and so is what this model takes at most',
    );
  if (tokensOut === null)
    return missing(
      `Nothing says how much may come out; send ${maximumField(part.path)}`,
      maximumField(part.path),
    );
  const rates = { longContext: tokensIn > LONG_CONTEXT, tier: standardTier(facts.tier) };
  const rateIn = highest(prices, IN_UNITS, rates, 'text-in-token');
  const rateOut = tokensOut === 0 ? 0n : highest(prices, OUT_UNITS, rates, 'text-out-token');
  if (rateIn === null || rateOut === null)
    return missing(
      'The price of this model at this tier is not known',
      facts.tier === 'default' ? 'model' : 'service_tier',
    );
  const lines = [
    { units: tokensIn, pico: rateIn },
    { units: tokensOut, pico: rateOut },
  ];
  return { ...bound, nanoUsd: atMost(boundedAmount(lines)), gap: null };
}

/** Pictures alone, and speech by the character; how long a recording is, no body says. */
function otherBound(part: BoundPart): CostBound {
  const { endpoint, body, prices } = part;
  if (endpoint === 'images') return imageBound(part);
  if (endpoint === 'realtime') return realtimeBound(part);
  const bound = { endpoint, tokens: 0, tokensOut: 0 };
  const pico = prices && rateOf(prices, 'character');
  if (endpoint === 'speech' && pico !== null) {
    // No text has more characters than its body has bytes.
    return { ...bound, nanoUsd: boundedAmount([{ units: body.bytes.length, pico }]), gap: null };
  }
  return { ...bound, nanoUsd: null, gap: gap('What this call may cost is not known', 'model') };
}

function boundIn({ endpoint, body, facts, prices }: BoundPart): number | null {
  const most = endpoint === 'text' ? prices?.limits?.maxInputTokens : undefined;
  if (facts.namedFiles > 0 || facts.namesStored) return most ?? null;
  const named =
    Math.ceil(body.bytes.length / BYTES_PER_TOKEN) + facts.namedPictures * TOKENS_OF_PICTURE;
  return Math.min(named, (most ?? Infinity) * facts.prompts);
}

function boundOut({ body, facts, prices }: BoundPart): number | null {
  const most = prices?.limits?.maxOutputTokens;
  const each = body.maxTokens ?? most;
  if (each === undefined) return null;
  const answers = Math.max(body.choices, facts.bestOf) * facts.prompts;
  return atMost(Math.min(each, most ?? Infinity) * answers);
}

/** The field that names the maximum, as each call has it. */
export const maximumField = (path: string): string => {
  if (path === '/v1/responses') return 'max_output_tokens';
  return path === '/v1/completions' ? 'max_tokens' : 'max_completion_tokens';
};

/** `auto` leaves it to the account's settings; what it came to, the answer says. */
export const standardTier = (tier: string): string =>
  tier === 'auto' || tier === 'standard' ? 'default' : tier;

/** Above it some models charge the whole call at other prices. */
export const LONG_CONTEXT = 272_000;
/** Declared: the most that OpenAI's models make of one picture is near 48,000 (gpt-4o-mini, high detail). */
const TOKENS_OF_PICTURE = 50_000;
