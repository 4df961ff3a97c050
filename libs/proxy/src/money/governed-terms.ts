import { GatewayError } from '@app/errors';
import { nanoUsd, type PriceTable } from '@app/prices';
import { hasBudget, type LimitScope, limitScopes } from '@app/tenants';
import type { GovernedCall } from '../governor.js';
import { BYTES_PER_TOKEN, type CostBound } from './bound.js';
import { maximumField } from './cost-bound.js';
import { highestBound } from './highest-bound.js';

/** On what terms a call is let through: whose limits, and how much it may use and cost. */
export interface GovernedTerms {
  readonly scopes: readonly LimitScope[];
  /** Of what is not limited nothing is asked, and nothing is to be settled. */
  readonly isLimited: boolean;
  /** Null: neither money nor tokens are limited, so nothing was bounded. */
  readonly bound: CostBound | null;
  /** A budget or a maximum is in force: what it may cost is held. */
  readonly holdNanoUsd: number;
  /** What it takes of budgets; 0 where there are none. */
  readonly nanoUsd: number;
  readonly tokens: number;
}

/**
 * Pure.
 * @throws GatewayError BUDGET_EXCEEDED where money is limited and this call may cost more than the caller's
 * maximum, or nobody knows how much; POLICY_VIOLATION where tokens are limited and nothing bounds them
 */
export function governedTerms(call: GovernedCall, table: PriceTable): GovernedTerms {
  const scopes = limitScopes(call.identity);
  const budget = hasBudget(scopes);
  const isPaid = budget || call.maxCostUsd !== null;
  const countsTokens = scopes.some(({ limits }) => limits.tokensPerMinute !== undefined);
  const bound = isPaid || countsTokens ? highestBound(call, table) : null;
  const hold = bound && isPaid ? boundedMoney(bound, call) : 0;
  return {
    scopes,
    isLimited: scopes.some(({ limits }) => isCounted(limits)),
    bound,
    holdNanoUsd: hold,
    nanoUsd: budget ? hold : 0,
    tokens: bound && countsTokens ? boundedTokens(bound, call) : 0,
  };
}

const isCounted = ({ readsPerMinute: _, ...limits }: LimitScope['limits']): boolean =>
  Object.keys(limits).length > 0;

function boundedMoney({ nanoUsd: most, gap }: CostBound, { maxCostUsd }: GovernedCall): number {
  const because = maxCostUsd === null ? 'a budget is in force' : 'a maximum was given';
  if (most === null) {
    const says = gap?.says ?? 'What this call may cost is not known';
    throw new GatewayError('BUDGET_EXCEEDED', `${says}, and ${because}.`, { param: gap?.param });
  }
  if (maxCostUsd === null || most <= nanoUsd(maxCostUsd)) return most;
  throw new GatewayError(
    'BUDGET_EXCEEDED',
    `This call may cost ${usdText(most)} USD, more than the ${usdText(nanoUsd(maxCostUsd))} USD of x-taskgate-max-cost. Ask for less output, or give a higher maximum.`,
    { param: 'x-taskgate-max-cost' },
  );
}

/** Of calls that do not say text, what goes in is what can be counted before. */
function boundedTokens({ tokens, endpoint }: CostBound, { body, path }: GovernedCall): number {
  if (tokens !== null) return tokens;
  if (endpoint !== 'text' || !body) return Math.ceil((body?.bytes.length ?? 0) / BYTES_PER_TOKEN);
  const param = maximumField(path);
  throw new GatewayError(
    'POLICY_VIOLATION',
    `Tokens per minute are limited, and nothing says how many may come out of this call; send ${param}.`,
    { param },
  );
}

/** A decimal that loses nothing. */
const usdText = (nano: number): string => (nano / 1e9).toFixed(9).replace(/\.?0+$/, '');
