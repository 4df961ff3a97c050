import type { Balance, Cost, LimitScope, Reservation } from '@app/tenants';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOwnRedis, type OwnRedis } from '../../../../test/support/redis.js';
import { RedisBudgetMirror } from './redis-budget-mirror.js';
import { RedisLimiter, type RedisLimiterOptions } from './redis-limiter.js';

/** What Postgres would say. */
class Ledger {
  readonly rows = new Map<string, Balance>();
  reads = 0;
  away = false;

  set(scope: string, held: number): void {
    const today = new Date().toISOString();
    const version = (this.rows.get(scope)?.version ?? 0n) + 1n;
    this.rows.set(scope, {
      scope,
      version,
      day: today.slice(0, 10),
      daySpent: 0n,
      month: today.slice(0, 7),
      monthSpent: 0n,
      spent: 0n,
      held: BigInt(held),
    });
  }

  async balances(scopes: readonly string[]): Promise<readonly Balance[]> {
    this.reads += 1;
    if (this.away) throw new Error('Postgres is away');
    return scopes.flatMap((scope) => this.rows.get(scope) ?? []);
  }
}

let redis: OwnRedis;
let ledger: Ledger;
let limiters: RedisLimiter[];
let changes: boolean[];
beforeEach(async () => {
  redis = await createOwnRedis();
  ledger = new Ledger();
  ledger.set('tn_1', 0);
  limiters = [];
  changes = [];
});
afterEach(async () => {
  await Promise.all(limiters.map(async (one) => await one.close()));
  await redis.drop();
});

async function open(more: Partial<RedisLimiterOptions> = {}): Promise<RedisLimiter> {
  const limiter = new RedisLimiter({
    redisUrl: redis.url,
    ledger,
    timeoutMs: 5_000,
    graceMs: 1,
    // Looks are taken by hand.
    tickMs: 3_600_000,
    onLocal: (local) => changes.push(local),
    ...more,
  });
  limiters.push(limiter);
  await limiter.ready();
  return limiter;
}

const call = (id: string, limits: LimitScope['limits'], cost: Partial<Cost> = {}): Reservation => ({
  id,
  scopes: [{ id: 'tn_1', limits }],
  cost: { requests: 0, reads: 0, tokens: 0, concurrent: 0, nanoUsd: 0, ...cost },
});
const BUDGET = { dailyBudgetNanoUsd: 100 };
const paid = (id: string, nanoUsd: number) => call(id, BUDGET, { nanoUsd });
const okOf = async (limiter: RedisLimiter, reservation: Reservation): Promise<boolean> =>
  (await limiter.reserve(reservation)).ok;

describe('RedisLimiter', () => {
  it('asks nobody where nothing that a call costs is limited', async () => {
    await redis.stop('SIGKILL');
    const limiter = await open();

    const verdict = await limiter.reserve(call('a', { readsPerMinute: 1 }, { requests: 1 }));

    expect(verdict).toEqual({ ok: true, states: [] });
    expect([limiter.isLocal, ledger.reads]).toEqual([false, 0]);
  });

  it('shares its counts with other processes', async () => {
    const [one, other] = [await open(), await open()];
    const limits = { maxConcurrentRequests: 1 };

    expect(await okOf(one, call('a', limits, { concurrent: 1 }))).toBe(true);
    expect(await okOf(other, call('b', limits, { concurrent: 1 }))).toBe(false);
    one.settle('a', 0);

    await expect
      .poll(async () => await okOf(other, call('b', limits, { concurrent: 1 })))
      .toBe(true);
  });

  it('reads a balance that Redis does not have before it admits anything, once for all who wait', async () => {
    ledger.set('tn_1', 95);
    const limiter = await open();

    expect(await okOf(limiter, paid('a', 6))).toBe(false);
    expect(await okOf(limiter, paid('a', 5))).toBe(true);
    expect(ledger.reads).toBe(1);
  });

  it('takes money away only with a balance that has it', async () => {
    const limiter = await open();
    await limiter.reserve(paid('a', 60));
    ledger.set('tn_1', 60);

    await limiter.confirm(['a'], await ledger.balances(['tn_1']));

    expect(await okOf(limiter, paid('b', 41))).toBe(false);
    expect(await okOf(limiter, paid('b', 40))).toBe(true);
  });
});

const ofMany = (id: string) => ({
  ...paid(id, 1),
  scopes: [
    { id, limits: BUDGET },
    { id: `key_${id}`, limits: BUDGET },
  ],
});
const callsOf = async (client: Redis): Promise<number> => {
  const stats = await client.info('commandstats');
  return [...stats.matchAll(/calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0);
};

describe('many at once', () => {
  const many = Array.from({ length: 300 }, (_, index) => `tn_many_${index}`);

  it('are confirmed each in its own scopes, not in those of all others', async () => {
    const limiter = await open();
    for (const id of many) {
      ledger.set(id, 0);
      ledger.set(`key_${id}`, 0);
    }
    await Promise.all(many.map(async (id) => await limiter.reserve(ofMany(id))));
    const client = new Redis(redis.url);
    await client.config('RESETSTAT');

    await limiter.confirm(many, await ledger.balances([...ledger.rows.keys()]));

    expect(await callsOf(client)).toBeLessThan(many.length * 60);
    expect(await client.keys('*limits:money:*')).toEqual([]);
    expect(await client.zcard('{taskgate}:limits:pending')).toBe(0);
    client.disconnect();
  });

  it('come back into an emptied Redis by pages, without what has ended meanwhile', async () => {
    const limiter = await open();
    for (const id of many) {
      ledger.set(id, 0);
      ledger.set(`key_${id}`, 0);
    }
    await Promise.all(many.map(async (id) => await limiter.reserve(ofMany(id))));
    const client = new Redis(redis.url);
    await client.flushall();

    const looking = limiter.runOnce();
    // It tells that it was emptied before anything is put back.
    const [first = '', ...others] = many;
    limiter.release(first);
    await looking;

    await expect
      .poll(async () => await client.zcard('{taskgate}:limits:pending'))
      .toBe(others.length);
    expect(await client.exists(`{taskgate}:limits:money:${first}`)).toBe(0);
    client.disconnect();
  });
});

describe('while Redis is away', () => {
  const limits = { requestsPerMinute: 2 };

  it('each process counts alone, and says so', async () => {
    const [one, other] = [await open(), await open()];
    await redis.stop('SIGKILL');

    for (const limiter of [one, other]) {
      const answers = [];
      for (const id of ['a', 'b', 'c'])
        answers.push(await okOf(limiter, call(id, limits, { requests: 1 })));
      expect(answers).toEqual([true, true, false]);
    }
    expect(changes).toEqual([true, true]);
  });

  it('budgets are those of Postgres, and what is on its way here', async () => {
    const limiter = await open();
    await limiter.reserve(paid('before', 30));
    await redis.stop('SIGKILL');
    ledger.set('tn_1', 20);

    expect(await okOf(limiter, paid('a', 51))).toBe(false);
    expect(await okOf(limiter, paid('a', 50))).toBe(true);
    expect(await okOf(limiter, paid('b', 1))).toBe(false);
  });

  it('and Postgres with it, budgets are as they were last known; unknown ones admit nothing', async () => {
    const limiter = await open();
    await limiter.reserve(paid('before', 30));
    await redis.stop('SIGKILL');
    ledger.away = true;

    expect(await okOf(limiter, paid('a', 71))).toBe(false);
    expect(await okOf(limiter, paid('a', 70))).toBe(true);
    const stranger = { ...paid('b', 1), scopes: [{ id: 'tn_2', limits: BUDGET }] };
    await expect(limiter.reserve(stranger)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });

  it('what was let through is put into Redis before others count there again', async () => {
    const limiter = await open();
    await redis.stop('SIGKILL');
    await limiter.reserve(paid('a', 60));
    await limiter.reserve(call('s', { maxConcurrentRequests: 1 }, { concurrent: 1 }));
    await redis.start({ empty: true });

    await expect
      .poll(async () => {
        await limiter.runOnce();
        return limiter.isLocal;
      })
      .toBe(false);

    const other = await open();
    expect(await okOf(other, paid('b', 41))).toBe(false);
    expect(await okOf(other, paid('b', 40))).toBe(true);
    expect(await okOf(other, call('t', { maxConcurrentRequests: 1 }, { concurrent: 1 }))).toBe(
      false,
    );
    expect(changes).toEqual([true, false]);
  });

  it('what was ended is ended in Redis too, once it is back', async () => {
    const limiter = await open();
    const slot = { maxConcurrentRequests: 2 };
    await limiter.reserve(paid('a', 60));
    await limiter.reserve(paid('b', 40));
    await limiter.reserve(call('s', slot, { concurrent: 1 }));
    await redis.stop('SIGTERM');
    limiter.release('a');
    limiter.settle('s', 0);
    ledger.set('tn_1', 40);
    await limiter.confirm(['b'], await ledger.balances(['tn_1']));
    await redis.start();

    const client = new Redis(redis.url);
    await expect
      .poll(async () => {
        await limiter.runOnce();
        return [
          limiter.isLocal,
          await client.zcard('{taskgate}:limits:pending'),
          await client.zcard('{taskgate}:limits:slots:tn_1'),
        ];
      })
      .toEqual([false, 0, 0]);
    client.disconnect();

    expect(await okOf(limiter, paid('c', 61))).toBe(false);
    expect(await okOf(limiter, paid('c', 60))).toBe(true);
  });

  it('although it is only silent, it costs one time-out', async () => {
    const limiter = await open({ timeoutMs: 100 });
    const client = new Redis(redis.url);
    await limiter.reserve(call('first', limits, { requests: 1 }));
    await client.call('CLIENT', 'PAUSE', '60000', 'ALL');

    const answers = [];
    for (const id of ['a', 'b', 'c'])
      answers.push(await okOf(limiter, call(id, limits, { requests: 1 })));

    expect(answers).toEqual([true, true, false]);
    expect(changes).toEqual([true]);
    client.disconnect();
  });
});

describe('a Redis that was emptied', () => {
  it('admits money again when balances were read and open money was put back', async () => {
    const [one, other] = [await open({ graceMs: 300 }), await open({ graceMs: 300 })];
    await one.reserve(paid('a', 60));
    await redis.flush();

    const asked = okOf(other, paid('b', 41));
    await one.runOnce();

    expect(await asked).toBe(false);
    expect(await okOf(other, paid('b', 40))).toBe(true);
  });
});

describe('the mirror of budgets', () => {
  it('shows newer balances to all, and forgets them on demand', async () => {
    const limiter = await open();
    const mirror = new RedisBudgetMirror(redis.url, ledger, { graceMs: 1 });
    await limiter.reserve(paid('a', 1));
    limiter.release('a');
    ledger.set('tn_1', 100);

    await expect
      .poll(async () => {
        await mirror.push(await ledger.balances(['tn_1'])).catch(() => undefined);
        return await okOf(limiter, paid('b', 1));
      })
      .toBe(false);
    ledger.rows.clear();
    ledger.set('tn_1', 0);
    await mirror.forget();

    expect(await okOf(limiter, paid('c', 100))).toBe(true);
    mirror.close();
  });

  it('resolves money of a process that is gone', async () => {
    const limiter = await open({ leaseMs: 1 });
    const mirror = new RedisBudgetMirror(redis.url, ledger, { graceMs: 1 });
    await limiter.reserve(paid('tk-1', 100));
    expect(await okOf(limiter, paid('b', 1))).toBe(false);

    await expect
      .poll(async () => {
        const found = await mirror.leftBehind(10).catch(() => []);
        await mirror.resolve(found).catch(() => undefined);
        return found.map(({ id }) => id);
      })
      .toEqual([]);

    expect(await okOf(limiter, paid('c', 100))).toBe(true);
    mirror.close();
  });
});
