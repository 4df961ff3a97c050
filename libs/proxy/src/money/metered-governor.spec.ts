import { currentPrices, shippedPrices, usePrices } from '@app/prices';
import {
  type LedgerEntry,
  LocalLimiter,
  OpenHolds,
  type Policy,
  type Transfer,
  writeEntries,
} from '@app/tenants';
import { InMemoryLedgerStore } from '@app/tenants/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GovernedCall, Outcome } from '../governor.js';
import { judged } from '../testing/judged.js';
import { NOTHING_OBSERVED } from '../token-usage.js';
import { MeteredGovernor } from './metered-governor.js';

const ANSWERED: Outcome = {
  status: 200,
  usage: { ...NOTHING_OBSERVED, tokensIn: 8, tokensOut: 4 },
  cut: false,
  callerLeft: false,
  bytesOut: 300,
};
const COST = 8 * 2_500 + 4 * 10_000;

let ledger: InMemoryLedgerStore;
let limiter: LocalLimiter;
let entries: LedgerEntry[];
let holds: OpenHolds;
let governor: MeteredGovernor;
let requests = 0;

beforeEach(() => {
  ledger = new InMemoryLedgerStore();
  // Balances are asked for anew each time: no second may go by.
  let nowMs = Date.now();
  limiter = new LocalLimiter(ledger, { nowMs: () => (nowMs += 1.5) });
  entries = [];
  const sink = { add: (entry: LedgerEntry) => void entries.push(entry) };
  holds = new OpenHolds(sink);
  governor = new MeteredGovernor({ limiter, ledger: sink, holds, owner: 'process-1' });
});
afterEach(() => usePrices(shippedPrices));

function call(
  policy: Policy = {},
  more: Partial<GovernedCall> & { keyPolicy?: Policy } = {},
): GovernedCall {
  const { keyPolicy = {}, ...fields } = more;
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
    ...fields,
  };
}

const written = (): readonly Transfer[] => entries.flatMap(({ transfers }) => transfers);
const kinds = (): readonly string[] => written().map(({ kind }) => kind);
const flush = async (): Promise<void> =>
  await writeEntries(
    {
      ledger,
      limiter,
      onUnconfirmed: (error) => {
        throw error;
      },
    },
    entries.splice(0),
  );

describe('a call of a tenant without limits', () => {
  it('costs one charge in the ledger, and nothing else', async () => {
    const grant = await governor.admit(call());
    grant.dispatched();
    holds.runOnce();

    expect(grant.settle(ANSWERED)).toMatchObject({ nanoUsd: COST });
    expect(grant.headers).toEqual({});
    expect(entries).toMatchObject([{ confirm: null }]);
    expect(written()).toMatchObject([
      {
        kind: 'charge',
        tenantId: 'tn_1',
        keyId: 'key_1',
        model: 'gpt-4o',
        amountNanoUsd: COST,
        priceVersion: shippedPrices.version,
        owner: null,
      },
    ]);
  });

  it('is flagged where its price is unknown', async () => {
    const grant = await governor.admit(call({}, { body: judged({ model: 'llama' }) }));
    grant.dispatched();

    expect(grant.settle(ANSWERED)).toMatchObject({ nanoUsd: null });
    expect(written()).toMatchObject([{ kind: 'charge', amountNanoUsd: null, model: 'llama' }]);
  });

  it('leaves nothing when it cost nothing', async () => {
    const grant = await governor.admit(call());
    grant.dispatched();
    grant.settle({ ...ANSWERED, status: 500 });

    expect(entries).toEqual([]);
  });

  it('is a loss, not a charge, when the upstream took it and never answered', async () => {
    const grant = await governor.admit(call());
    grant.dispatched();

    expect(grant.settle({ ...ANSWERED, status: null, cut: true })).toMatchObject({ nanoUsd: null });
    expect(kinds()).toEqual(['lost']);
  });

  it('is charged at the prices that held when it began', async () => {
    const grant = await governor.admit(call());
    usePrices({ ...currentPrices(), version: 'later', prices: [], limits: [] });

    expect(grant.settle(ANSWERED)).toMatchObject({ nanoUsd: COST });
    expect(written()[0]?.priceVersion).toBe(shippedPrices.version);
  });
});

describe('a call on a budget', () => {
  const BUDGET: Policy = { dailyBudgetUsd: 0.01 };

  it('is held once it lasts, released and charged when it is over', async () => {
    const grant = await governor.admit(call(BUDGET));
    grant.dispatched();
    holds.runOnce();
    const [hold] = written();
    grant.settle(ANSWERED);

    expect(kinds()).toEqual(['hold', 'release', 'charge']);
    expect(hold).toMatchObject({ owner: 'process-1' });
    expect(written()[1]?.amountNanoUsd).toBe(hold?.amountNanoUsd);
    await flush();
    expect(await ledger.balances(['tn_1'])).toMatchObject([{ held: 0n, spent: BigInt(COST) }]);
    expect(holds.size).toBe(0);
  });

  it('is one charge when it is over before', async () => {
    const grant = await governor.admit(call(BUDGET));
    grant.dispatched();
    grant.settle(ANSWERED);
    holds.runOnce();

    expect(kinds()).toEqual(['charge']);
  });

  it('gives everything back when it was never sent', async () => {
    const tight = { dailyBudgetUsd: 0.0011 };
    const first = await governor.admit(call(tight));
    await expect(governor.admit(call(tight))).rejects.toMatchObject({ code: 'BUDGET_EXCEEDED' });
    first.release();
    first.settle(ANSWERED);

    expect(entries).toEqual([]);
    await expect(governor.admit(call(tight))).resolves.toBeDefined();
  });

  it('frees what it did not use as soon as the ledger has it, also when it failed', async () => {
    const tight = { dailyBudgetUsd: 0.0011 };
    for (const status of [500, 429, 500]) {
      const grant = await governor.admit(call(tight));
      grant.dispatched();
      holds.runOnce();
      grant.settle({ ...ANSWERED, status });
      await flush();
    }

    expect(await ledger.balances(['tn_1'])).toMatchObject([{ held: 0n, spent: 0n }]);
  });

  it('counts in the key’s own budget as well', async () => {
    const more = { keyPolicy: { monthlyBudgetUsd: 0.0005 } };

    await expect(governor.admit(call({ dailyBudgetUsd: 1 }, more))).rejects.toMatchObject({
      code: 'BUDGET_EXCEEDED',
    });
  });

  it.each([
    ['an unknown model', { body: judged({ model: 'llama', max_tokens: 1 }) }, 'model'],
    [
      'no maximum of a model that has none',
      { body: judged({ model: 'gpt-5.3' }) },
      'max_completion_tokens',
    ],
    ['an unknown path', { path: '/v1/anything' }, null],
  ])('is refused with %s, and takes nothing', async (_, more, param) => {
    await expect(governor.admit(call(BUDGET, more))).rejects.toMatchObject({
      code: 'BUDGET_EXCEEDED',
      param,
    });
    expect(entries).toEqual([]);
  });

  it('that costs nothing is let through on a budget of nothing', async () => {
    const grant = await governor.admit(
      call({ dailyBudgetUsd: 0 }, { method: 'GET', path: '/v1/models', body: null }),
    );
    grant.dispatched();
    grant.settle(ANSWERED);

    expect(entries).toEqual([]);
  });

  it('never lets 200 at once spend more than there is', async () => {
    const policy = { dailyBudgetUsd: 0.02 };
    const grants = await Promise.allSettled(
      Array.from({ length: 200 }, async () => await governor.admit(call(policy))),
    );
    const open = grants.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    for (const grant of open) grant.dispatched();
    holds.runOnce();
    const most = written().reduce((sum, { amountNanoUsd }) => sum + (amountNanoUsd ?? 0), 0);
    for (const grant of open) grant.settle(ANSWERED);
    await flush();

    expect(open.length).toBe(Math.floor(20_000_000 / (most / open.length)));
    expect(most).toBeLessThanOrEqual(20_000_000);
    expect(await ledger.balances(['tn_1'])).toMatchObject([
      { held: 0n, spent: BigInt(open.length * COST) },
    ]);
  });
});

describe('a maximum that the caller gives', () => {
  it('lets through what may cost at most that, and holds it', async () => {
    const grant = await governor.admit(call({}, { maxCostUsd: 0.01 }));
    grant.dispatched();
    holds.runOnce();
    grant.settle(ANSWERED);

    expect(kinds()).toEqual(['hold', 'release', 'charge']);
  });

  it.each([0, 0.000001])('of %d refuses what may cost more', async (maxCostUsd) => {
    await expect(governor.admit(call({}, { maxCostUsd }))).rejects.toMatchObject({
      code: 'BUDGET_EXCEEDED',
      param: 'x-taskgate-max-cost',
    });
  });
});

describe('tokens per minute', () => {
  it('are taken as a bound and settled at what was used', async () => {
    const policy = { tokensPerMinute: 300 };
    const [first, second] = [
      await governor.admit(call(policy)),
      await governor.admit(call(policy)),
    ];
    await expect(governor.admit(call(policy))).rejects.toMatchObject({
      code: 'RATE_LIMIT_EXCEEDED',
    });
    first.settle(ANSWERED);
    second.settle(ANSWERED);

    const third = await governor.admit(call(policy));

    expect(Number(third.headers['x-taskgate-ratelimit-remaining-tokens'])).toBeLessThan(300 - 24);
    expect(third.headers['x-taskgate-ratelimit-limit-tokens']).toBe('300');
  });

  it('refuse a call that nothing bounds, naming the field', async () => {
    const body = judged({ model: 'gpt-5.3' });

    await expect(governor.admit(call({ tokensPerMinute: 300 }, { body }))).rejects.toMatchObject({
      code: 'POLICY_VIOLATION',
      param: 'max_completion_tokens',
    });
  });
});
