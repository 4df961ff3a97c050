import { LimitRefusal, LocalLimiter, OpenHolds, type Policy } from '@app/tenants';
import { InMemoryLedgerStore } from '@app/tenants/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { GovernedCall } from '../governor.js';
import { MeteredGovernor } from '../money/metered-governor.js';
import { judged } from '../testing/judged.js';
import { refusedLimits } from './explained-limits.js';

let governor: MeteredGovernor;
let requests = 0;
beforeEach(() => {
  const ledger = new InMemoryLedgerStore();
  const sink = { add: () => undefined };
  governor = new MeteredGovernor({
    limiter: new LocalLimiter(ledger),
    ledger: sink,
    holds: new OpenHolds(sink),
    owner: 'process-1',
  });
});

function call(policy: Policy, keyPolicy: Policy = {}): GovernedCall {
  requests += 1;
  return {
    identity: {
      tenantId: 'tn_1',
      tenantName: 'a',
      keyId: 'key_1',
      keyPrefix: 'tg-12345',
      scopes: ['proxy'],
      policy,
      keyPolicy,
      callbacks: {},
      expiresAt: null,
    },
    requestId: `req_${requests}`,
    method: 'POST',
    path: '/v1/chat/completions',
    body: judged({ model: 'gpt-4o', max_tokens: 100, messages: [] }),
    maxCostUsd: null,
  };
}

/** As `name: remaining of limit`. */
const said = (states: readonly { name: string; limit: number; remaining: number }[] = []) =>
  states.map(({ name, limit, remaining }) => `${name}: ${remaining} of ${limit}`);

describe('limits before and after a call', () => {
  it('differ by what it reserved, of the tighter of tenant and key', async () => {
    const policy = { requestsPerMinute: 10, maxConcurrentRequests: 5 };
    await governor.admit(call(policy));

    const { limits } = await governor.admit(call(policy, { requestsPerMinute: 3 }));

    expect(said(limits?.before)).toEqual(['requests: 3 of 3', 'concurrency: 4 of 5']);
    expect(said(limits?.after)).toEqual(['requests: 2 of 3', 'concurrency: 3 of 5']);
  });

  it('count tokens and money by what the call may use at most', async () => {
    const { limits } = await governor.admit(call({ tokensPerMinute: 5_000, dailyBudgetUsd: 1 }));
    const [tokens, budget] = limits?.after ?? [];

    expect(said(limits?.before)).toEqual([
      'tokens: 5000 of 5000',
      'daily-budget: 1000000000 of 1000000000',
    ]);
    expect(tokens?.remaining).toBeLessThan(4_900);
    expect(budget?.remaining).toBeLessThan(1_000_000_000 - 100 * 10_000);
  });

  it('are none where none is in force', async () => {
    expect((await governor.admit(call({}))).limits).toBeNull();
  });

  it('are the same where a limit refused the call', async () => {
    const policy = { requestsPerMinute: 1 };
    await governor.admit(call(policy));

    const refusal = await governor.admit(call(policy)).catch((error: unknown) => error);

    if (!(refusal instanceof LimitRefusal)) throw refusal;
    const { before, after } = refusedLimits(refusal.states);
    expect(said(before)).toEqual(['requests: 0 of 1']);
    expect(after).toEqual(before);
  });
});

describe('a check', () => {
  it('says what the call would be told, and takes nothing', async () => {
    const policy = { requestsPerMinute: 1, dailyBudgetUsd: 1 };
    const first = await governor.check(call(policy));

    expect(await governor.check(call(policy))).toEqual(first);
    expect((await governor.admit(call(policy))).limits).toEqual(first);
    const refused = { code: 'RATE_LIMIT_EXCEEDED' };
    await expect(governor.check(call(policy))).rejects.toMatchObject(refused);
    await expect(governor.admit(call(policy))).rejects.toMatchObject(refused);
  });
});
