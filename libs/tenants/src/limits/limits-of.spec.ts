import { describe, expect, it } from 'vitest';
import { hasBudget, limitScopes, limitsOf } from './limits-of.js';

describe('the limits of a policy', () => {
  it('are those that it names, money in whole nano-USD', () => {
    expect(
      limitsOf({ requestsPerMinute: 5, dailyBudgetUsd: 0.1, models: { allow: ['a'] } }),
    ).toEqual({ requestsPerMinute: 5, dailyBudgetNanoUsd: 100_000_000 });
    expect(limitsOf({})).toEqual({});
  });

  it('are those of the tenant and, apart, those of the key', () => {
    const policy = { requestsPerMinute: 5 };
    const keyPolicy = { monthlyBudgetUsd: 0 };

    const scopes = limitScopes({ tenantId: 'tn_1', keyId: 'key_1', policy, keyPolicy });

    expect(scopes).toEqual([
      { id: 'tn_1', limits: { requestsPerMinute: 5 } },
      { id: 'key_1', limits: { monthlyBudgetNanoUsd: 0 } },
    ]);
    expect(hasBudget(scopes)).toBe(true);
    expect(hasBudget(scopes.slice(0, 1))).toBe(false);
  });
});
