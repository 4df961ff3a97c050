import type { Identity } from '../identity.js';
import type { Policy } from '../policy.js';
import type { Limits, LimitScope } from './limiter.js';

/** What of a policy is counted; what it leaves out is left out here. Pure. */
export function limitsOf(policy: Policy): Limits {
  const { requestsPerMinute, readsPerMinute, tokensPerMinute, maxConcurrentRequests } = policy;
  const { dailyBudgetUsd, monthlyBudgetUsd } = policy;
  return {
    ...(requestsPerMinute !== undefined && { requestsPerMinute }),
    ...(readsPerMinute !== undefined && { readsPerMinute }),
    ...(tokensPerMinute !== undefined && { tokensPerMinute }),
    ...(maxConcurrentRequests !== undefined && { maxConcurrentRequests }),
    ...(dailyBudgetUsd !== undefined && { dailyBudgetNanoUsd: nanoUsd(dailyBudgetUsd) }),
    ...(monthlyBudgetUsd !== undefined && { monthlyBudgetNanoUsd: nanoUsd(monthlyBudgetUsd) }),
  };
}

/** The scopes that a call counts in: its tenant and its key, each by its own policy. */
export const limitScopes = (
  identity: Pick<Identity, 'tenantId' | 'keyId' | 'policy' | 'keyPolicy'>,
): readonly LimitScope[] => [
  { id: identity.tenantId, limits: limitsOf(identity.policy) },
  { id: identity.keyId, limits: limitsOf(identity.keyPolicy) },
];

/** Whether money is limited in any of these scopes. */
export const hasBudget = (scopes: readonly LimitScope[]): boolean =>
  scopes.some(
    ({ limits }) =>
      limits.dailyBudgetNanoUsd !== undefined || limits.monthlyBudgetNanoUsd !== undefined,
  );

/** Whole; a part of a nano-USD that somebody wrote is nobody's. */
const nanoUsd = (usd: number): number => Math.round(usd * 1e9);
