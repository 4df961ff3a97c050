import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Balance,
  type Cost,
  type CountsAnswer,
  LocalCounts,
  type LimitScope,
  type Reservation,
} from '@app/tenants';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRedis, type TestRedis } from '../../../../test/support/redis.js';
import { type RedisAnswer, RedisCounts } from './redis-counts.js';

const COST: Cost = { requests: 1, reads: 0, tokens: 0, concurrent: 0, nanoUsd: 0 };
const HOUR = { windowMs: 3_600_000, leaseMs: 3_600_000, graceMs: 0 };

let server: TestRedis;
const clients: Redis[] = [];
beforeAll(async () => {
  server = await createRedis();
});
afterEach(async () => await server.flush());
afterAll(async () => {
  for (const client of clients) client.disconnect();
  await server.drop();
});

function connect(): Redis {
  const client = new Redis(server.url);
  clients.push(client);
  return client;
}

const scope = (limits: LimitScope['limits'], id = 'tn_1'): LimitScope => ({ id, limits });
const call = (
  id: string,
  scopes: readonly LimitScope[],
  cost: Partial<Cost> = {},
): Reservation => ({ id, scopes, cost: { ...COST, ...cost } });

const today = (): string => new Date().toISOString().slice(0, 10);
const balance = (more: Partial<Balance> = {}): Balance => ({
  scope: 'tn_1',
  version: 1n,
  day: today(),
  daySpent: 0n,
  month: today().slice(0, 7),
  monthSpent: 0n,
  spent: 0n,
  held: 0n,
  ...more,
});

const isOk = (answer: RedisAnswer): boolean => answer.kind === 'judged' && answer.verdict.ok;

/** Every key with its whole value. */
async function contents(client: Redis): Promise<Record<string, string>> {
  const keys = (await client.keys('*')).toSorted();
  const dumps = await Promise.all(keys.map(async (key) => await client.dumpBuffer(key)));
  return Object.fromEntries(keys.map((key, place) => [key, dumps[place]?.toString('hex') ?? '']));
}

describe('limits of several processes', () => {
  it('let exactly as many through as they say, of 200 at once over three connections', async () => {
    const processes = [connect(), connect(), connect()].map((one) => new RedisCounts(one, HOUR));
    const limits = scope({
      requestsPerMinute: 100,
      tokensPerMinute: 1_050,
      maxConcurrentRequests: 101,
      dailyBudgetNanoUsd: 1_000_000_000_000_500,
    });
    await processes[0]?.confirm([], ['tn_1'], [balance({ held: 500n })]);

    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const cost = { tokens: 10, concurrent: 1, nanoUsd: 10_000_000_000_000 } as const;
        return await processes[index % 3]?.reserve(call(`r${index}`, [limits], cost), {
          take: true,
        });
      }),
    );

    expect(answers.filter((answer) => answer && isOk(answer))).toHaveLength(100);
  });

  it('change nothing by a refusal, whichever limit is in the way', async () => {
    const client = connect();
    const counts = new RedisCounts(client, HOUR);
    const limits = {
      requestsPerMinute: 9,
      tokensPerMinute: 9,
      maxConcurrentRequests: 9,
      monthlyBudgetNanoUsd: 9,
    };
    const one = { tokens: 1, concurrent: 1, nanoUsd: 1 } as const;
    await counts.confirm([], ['tn_1', 'key_1'], [balance(), balance({ scope: 'key_1' })]);
    await counts.reserve(call('first', [scope(limits)], one), { take: true });
    const before = await contents(client);

    for (const tight of [
      { requestsPerMinute: 0 },
      { tokensPerMinute: 0 },
      { maxConcurrentRequests: 0 },
      { monthlyBudgetNanoUsd: 0 },
    ]) {
      const scopes = [scope(limits), scope({ ...limits, ...tight }, 'key_1')];
      const answer = await counts.reserve(call('second', scopes, one), { take: true });

      expect(answer).toMatchObject({ kind: 'judged', verdict: { ok: false } });
      expect(await contents(client)).toEqual(before);
    }
  });

  it('take nothing where they are only asked', async () => {
    const client = connect();
    const counts = new RedisCounts(client, HOUR);
    const limits = [scope({ requestsPerMinute: 1 })];
    await counts.since();
    await counts.reserve(call('first', [scope({ readsPerMinute: 1 })], { reads: 1 }), {
      take: true,
    });
    const before = await contents(client);

    expect(isOk(await counts.reserve(call('a', limits), { take: false }))).toBe(true);

    expect(await contents(client)).toEqual(before);
  });

  it('give everything back, so that it is as if it had not been', async () => {
    const client = connect();
    const counts = new RedisCounts(client, HOUR);
    const limits = [
      scope({
        requestsPerMinute: 5,
        tokensPerMinute: 50,
        maxConcurrentRequests: 5,
        dailyBudgetNanoUsd: 50,
      }),
    ];
    const cost = { tokens: 10, concurrent: 1, nanoUsd: 10 } as const;
    await counts.confirm([], ['tn_1'], [balance()]);
    const left = async () => {
      const answer = await counts.reserve(call('asks', limits, cost), { take: false });
      return answer.kind === 'judged' ? answer.verdict.states.map((one) => one.remaining) : answer;
    };
    const before = await left();

    await counts.reserve(call('a', limits, cost), { take: true });
    expect(await left()).not.toEqual(before);
    await counts.release(call('a', limits, cost));
    await counts.release(call('a', limits, cost));

    expect(await left()).toEqual(before);
    expect(await client.zcard('{taskgate}:limits:pending')).toBe(0);
  });

  it('let every key expire', async () => {
    const client = connect();
    const counts = new RedisCounts(client, HOUR);
    const limits = {
      requestsPerMinute: 5,
      readsPerMinute: 5,
      tokensPerMinute: 50,
      maxConcurrentRequests: 5,
      dailyBudgetNanoUsd: 50,
    };
    await counts.confirm([], ['tn_1'], [balance()]);
    await counts.reserve(
      call('a', [scope(limits)], { reads: 1, tokens: 1, concurrent: 1, nanoUsd: 1 }),
      { take: true },
    );

    const keys = await client.keys('*');
    const lives = await Promise.all(keys.map(async (key) => await client.pttl(key)));

    expect(keys.length).toBeGreaterThan(8);
    expect(lives.every((life) => life > 0)).toBe(true);
  });

  it('free the slots of a process that died when their lease is over', async () => {
    const counts = new RedisCounts(connect(), { ...HOUR, leaseMs: 100 });
    const one = [scope({ maxConcurrentRequests: 1 })];
    expect(isOk(await counts.reserve(call('a', one, { concurrent: 1 }), { take: true }))).toBe(
      true,
    );
    expect(isOk(await counts.reserve(call('b', one, { concurrent: 1 }), { take: true }))).toBe(
      false,
    );

    await expect
      .poll(async () =>
        isOk(await counts.reserve(call('b', one, { concurrent: 1 }), { take: true })),
      )
      .toBe(true);
  });
});

describe('a budget in Redis', () => {
  const ten = [scope({ dailyBudgetNanoUsd: 10 })];
  const reserve = async (counts: RedisCounts, id: string, nanoUsd: number) =>
    await counts.reserve(call(id, ten, { nanoUsd }), { take: true });

  it('is unknown until a balance was put there', async () => {
    const counts = new RedisCounts(connect(), HOUR);

    expect(await reserve(counts, 'a', 1)).toMatchObject({ kind: 'unknown', scopes: ['tn_1'] });
    await counts.confirm([], ['tn_1'], [balance()]);
    expect(isOk(await reserve(counts, 'a', 10))).toBe(true);
    expect(isOk(await reserve(counts, 'b', 1))).toBe(false);
  });

  it('admits nothing for a while where Redis was emptied, whatever balance is put there', async () => {
    const counts = new RedisCounts(connect(), { ...HOUR, graceMs: 3_600_000 });

    expect(await reserve(counts, 'a', 1)).toMatchObject({ kind: 'new' });
    await counts.confirm([], ['tn_1'], [balance()]);

    expect(await reserve(counts, 'a', 1)).toMatchObject({ kind: 'new' });
    expect(await connect().keys('*balance*')).toEqual([]);
  });

  it('has money once: on its way or in the balance', async () => {
    const counts = new RedisCounts(connect(), HOUR);
    await counts.confirm([], ['tn_1'], [balance()]);
    await reserve(counts, 'a', 6);
    await counts.confirm(['a'], ['tn_1'], [balance({ version: 2n, held: 6n })]);
    await counts.confirm(['a'], ['tn_1'], [balance({ version: 2n, held: 6n })]);

    expect(isOk(await reserve(counts, 'b', 5))).toBe(false);
    expect(isOk(await reserve(counts, 'b', 4))).toBe(true);
  });

  it('never goes back to an older balance', async () => {
    const counts = new RedisCounts(connect(), HOUR);
    await counts.confirm([], ['tn_1'], [balance({ version: 7n, held: 10n })]);

    await counts.push([balance({ version: 6n, held: 0n })]);
    await counts.confirm([], ['tn_1'], [balance({ version: 6n, held: 0n })]);

    expect(isOk(await reserve(counts, 'a', 1))).toBe(false);
    await counts.push([balance({ version: 8n, held: 9n })]);
    expect(isOk(await reserve(counts, 'a', 1))).toBe(true);
  });

  it('is read again where money leaves without a balance that has it', async () => {
    const counts = new RedisCounts(connect(), HOUR);
    await counts.confirm([], ['tn_1'], [balance()]);
    await reserve(counts, 'a', 6);

    await counts.confirm(['a'], ['tn_1'], []);

    expect(await reserve(counts, 'b', 1)).toMatchObject({ kind: 'unknown' });
  });

  it('forgets what was spent on another day and in another month', async () => {
    const counts = new RedisCounts(connect(), HOUR);
    const old = { day: '2026-10-31', daySpent: 99n, month: '2026-10', monthSpent: 99n };
    await counts.confirm([], ['tn_1'], [balance(old)]);
    const both = [scope({ dailyBudgetNanoUsd: 10, monthlyBudgetNanoUsd: 10 })];

    expect(isOk(await counts.reserve(call('a', both, { nanoUsd: 10 }), { take: true }))).toBe(true);
  });

  it('is forgotten on demand', async () => {
    const counts = new RedisCounts(connect(), HOUR);
    await counts.confirm([], ['tn_1'], [balance()]);

    await counts.forget();

    expect(await reserve(counts, 'a', 1)).toMatchObject({ kind: 'unknown' });
  });
});

describe('money that was left behind', () => {
  const limits = [scope({ dailyBudgetNanoUsd: 100 })];
  const charge = { tenantId: 'tn_1', keyId: 'key_1', model: 'm', provider: 'p', priceVersion: 'v' };

  it('is found when nobody renews it, with all that is known of it', async () => {
    const counts = new RedisCounts(connect(), { ...HOUR, leaseMs: 1 });
    await counts.confirm([], ['tn_1'], [balance()]);
    await counts.reserve({ ...call('req_1', limits, { nanoUsd: 7 }), charge }, { take: true });
    await counts.reserve(call('tk-1', limits, { nanoUsd: 8 }), { take: true });
    await counts.dispatched('req_1');

    await expect
      .poll(async () => await counts.expired(10))
      .toEqual([
        { id: 'req_1', dispatched: true, scopes: ['tn_1'], nanoUsd: 7, charge },
        { id: 'tk-1', dispatched: false, scopes: ['tn_1'], nanoUsd: 8, charge: null },
      ]);
  });

  it('stays where its process has renewed it meanwhile', async () => {
    const counts = new RedisCounts(connect(), HOUR);
    await counts.confirm([], ['tn_1'], [balance()]);
    const reservation = call('a', limits, { nanoUsd: 60 });
    await counts.reserve(reservation, { take: true });

    await counts.confirm(['a'], ['tn_1'], [balance()], { onlyExpired: true });

    const next = await counts.reserve(call('b', limits, { nanoUsd: 60 }), { take: true });
    expect(isOk(next)).toBe(false);
  });

  it('comes back, and slots with it, into a Redis that has lost them', async () => {
    const counts = new RedisCounts(connect(), HOUR);
    const two = [scope({ dailyBudgetNanoUsd: 100, maxConcurrentRequests: 1 })];
    const reservation = call('a', two, { nanoUsd: 60, concurrent: 1 });
    await counts.confirm([], ['tn_1'], [balance()]);
    await counts.reserve(reservation, { take: true });
    await server.flush();

    const open = { reservation, slot: true, money: true, dispatched: true };
    await counts.renew([open]);
    await counts.renew([open]);
    await counts.confirm([], ['tn_1'], [balance()]);

    const slot = await counts.reserve(call('b', two, { concurrent: 1 }), { take: true });
    expect(slot).toMatchObject({ verdict: { ok: false, refused: { name: 'concurrency' } } });
    const money = await counts.reserve(call('c', two, { nanoUsd: 41 }), { take: true });
    expect(money).toMatchObject({
      verdict: { ok: false, refused: { name: 'daily-budget', remaining: 40 } },
    });
    expect(isOk(await counts.reserve(call('d', two, { nanoUsd: 40 }), { take: true }))).toBe(true);
  });
});

describe('whatever processes do in whatever order', () => {
  const tenant = scope({
    requestsPerMinute: 5,
    readsPerMinute: 3,
    tokensPerMinute: 40,
    maxConcurrentRequests: 3,
    dailyBudgetNanoUsd: 50,
    monthlyBudgetNanoUsd: 70,
  });
  const key = scope({ requestsPerMinute: 4, tokensPerMinute: 30, dailyBudgetNanoUsd: 40 }, 'key_1');
  const id = fc.integer({ min: 0, max: 12 }).map((number) => `r${number}`);
  const cost = fc.record({
    requests: fc.constantFrom(0 as const, 1 as const),
    reads: fc.constantFrom(0 as const, 1 as const),
    tokens: fc.integer({ min: 0, max: 45 }),
    concurrent: fc.constantFrom(0 as const, 1 as const),
    nanoUsd: fc.integer({ min: 0, max: 60 }),
  });
  const action = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('reserve' as const), id, cost, both: fc.boolean() }),
    },
    fc.record({ do: fc.constant('settle' as const), id, tokens: fc.integer({ min: 0, max: 45 }) }),
    fc.record({ do: fc.constant('release' as const), id }),
    fc.record({ do: fc.constant('confirm' as const), id, held: fc.integer({ min: 0, max: 30 }) }),
    fc.record({ do: fc.constant('wait' as const) }),
  );

  it('Redis answers as the model in plain code does', async () => {
    const WINDOW = 60;
    const options = { windowMs: WINDOW, leaseMs: WINDOW, graceMs: 0 };
    const processes = [connect(), connect(), connect()].map((one) => new RedisCounts(one, options));
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
        await server.flush();
        const model = new LocalCounts({ windowMicros: WINDOW * 1000, leaseMicros: WINDOW * 1000 });
        const made = new Map<string, Reservation>();
        const balances = new Map<string, Balance>();
        let version = 0n;
        for (const [index, one] of actions.entries()) {
          const counts = processes[index % 3];
          if (!counts) continue;
          if (one.do === 'wait') {
            await sleep(WINDOW / 3);
            continue;
          }
          if (one.do === 'reserve') {
            const before = made.get(one.id);
            const scopes = one.both ? [tenant, key] : [tenant];
            const reservation = before ?? { id: one.id, scopes, cost: one.cost };
            const answer = await counts.reserve(reservation, { take: true });
            if (answer.kind !== 'judged') {
              const unknown = model.reserve(reservation, {
                now: 0,
                balanceOf: (asked) => balances.get(asked) ?? null,
              });
              expect(unknown).toEqual({ unknown: (answer as { scopes: unknown }).scopes });
              continue;
            }
            const expected: CountsAnswer = model.reserve(reservation, {
              now: answer.now,
              balanceOf: (asked) => balances.get(asked) ?? null,
            });
            expect(answer.verdict).toEqual(expected);
            if (answer.verdict.ok) made.set(one.id, reservation);
            continue;
          }
          const reservation = made.get(one.id);
          if (!reservation) continue;
          if (one.do === 'settle') {
            await counts.settle(reservation, one.tokens);
            model.settle(reservation, one.tokens);
          }
          if (one.do === 'release') {
            await counts.release(reservation);
            model.release(reservation);
          }
          if (one.do === 'confirm') {
            version += 1n;
            const newest = ['tn_1', 'key_1'].map((name) =>
              balance({ scope: name, version, held: BigInt(one.held) }),
            );
            for (const newer of newest) balances.set(newer.scope, newer);
            await counts.confirm([one.id], ['tn_1', 'key_1'], newest);
            model.confirm(reservation);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
