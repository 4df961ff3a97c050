import type { Ring } from '@app/tasks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedis, type TestRedis } from '../../../test/support/redis.js';
import { Queues } from './queues.js';

const LEASE_MS = 30_000;

let redis: TestRedis;
let queues: Queues;
beforeEach(async () => {
  redis = await createRedis();
  queues = new Queues(redis.url, 'here');
});
afterEach(async () => {
  await queues.close();
  await redis.drop();
});

const inMs = (ms: number): Date => new Date(Date.now() + ms);
const ring = (subject: string, dueAt: Date): Ring => ({ step: 'check', subject, ring: '0', dueAt });
const LONG_AGO = new Date(1);
const JUST_NOW = new Date(2);
const NEVER = inMs(3_600_000);

describe('RedisDueChecks', () => {
  it('gives what is due, the longest overdue first, and no more than asked for', async () => {
    await queues.ring([ring('at-2', JUST_NOW), ring('at-1', LONG_AGO), ring('at-never', NEVER)]);

    expect(await queues.checks.claim(1, LEASE_MS)).toEqual(['at-1']);
    expect(await queues.checks.claim(10, LEASE_MS)).toEqual(['at-2']);
    expect(await queues.checks.claim(10, LEASE_MS)).toEqual([]);
  });

  it('gives each to one of those who ask at once', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `at-${index}`);
    await queues.ring(ids.map((id) => ring(id, LONG_AGO)));

    const claims = await Promise.all(
      Array.from({ length: 10 }, async () => await queues.checks.claim(10, LEASE_MS)),
    );

    expect(claims.flat().toSorted()).toEqual(ids.toSorted());
  });

  it('gives again what a worker died with, once the lease is over', async () => {
    await queues.ring([ring('at-1', LONG_AGO)]);

    expect(await queues.checks.claim(1, 0)).toEqual(['at-1']);
    expect(await queues.checks.claim(1, LEASE_MS)).toEqual(['at-1']);
  });

  it('lets a ring make a check earlier, never later', async () => {
    await queues.ring([ring('at-1', LONG_AGO), ring('at-2', NEVER)]);

    await queues.ring([ring('at-1', NEVER), ring('at-2', JUST_NOW)]);

    expect(await queues.checks.claim(10, LEASE_MS)).toEqual(['at-1', 'at-2']);
  });

  it('lets a look set the next one, earlier or later', async () => {
    await queues.ring([ring('at-1', LONG_AGO), ring('at-2', LONG_AGO)]);
    await queues.checks.claim(10, LEASE_MS);

    await queues.checks.schedule([
      { attemptId: 'at-1', dueAt: NEVER },
      { attemptId: 'at-2', dueAt: JUST_NOW },
      { attemptId: 'at-3', dueAt: JUST_NOW },
    ]);

    expect(await queues.checks.claim(10, LEASE_MS)).toEqual(['at-2', 'at-3']);
  });

  it('keeps a ring that came during the look: what it tells of may be newer', async () => {
    await queues.ring([ring('at-1', LONG_AGO)]);
    await queues.checks.claim(1, LEASE_MS);
    await queues.ring([ring('at-1', JUST_NOW)]);

    await queues.checks.schedule([{ attemptId: 'at-1', dueAt: NEVER }]);

    expect(await queues.checks.claim(1, LEASE_MS)).toEqual(['at-1']);
  });

  it('forgets jobs that are over', async () => {
    await queues.ring([ring('at-1', LONG_AGO), ring('at-2', LONG_AGO)]);

    await queues.checks.forget(['at-1']);
    await queues.checks.forget([]);

    expect(await queues.checks.claim(10, LEASE_MS)).toEqual(['at-2']);
  });

  it('tells how late the first is', async () => {
    expect(await queues.checks.lag()).toEqual({ indexed: 0, lagMs: 0 });
    await queues.ring([ring('at-1', NEVER)]);
    expect(await queues.checks.lag()).toEqual({ indexed: 1, lagMs: 0 });

    await queues.ring([ring('at-2', LONG_AGO)]);

    expect((await queues.checks.lag()).lagMs).toBeGreaterThan(3_600_000);
  });
});

describe('CheckRates', () => {
  it('let a burst of a second pass, and say when the others may come', async () => {
    const { allowed, nextInMs, everyMs } = await queues.checkRates.take('v:1', 10, 25);

    expect(allowed).toBe(10);
    expect(everyMs).toBe(100);
    expect(nextInMs).toBeGreaterThan(0);
    expect(nextInMs).toBeLessThanOrEqual(100);
  });

  it('count what all workers send, for each account by itself', async () => {
    const other = new Queues(redis.url, 'here');
    await queues.checkRates.take('v:1', 0.01, 1);

    expect((await other.checkRates.take('v:1', 0.01, 1)).allowed).toBe(0);
    expect((await other.checkRates.take('v:2', 0.01, 1)).allowed).toBe(1);

    await other.close();
  });

  it('let one pass although less than one a second is allowed', async () => {
    expect(await queues.checkRates.take('v:1', 0.01, 3)).toMatchObject({ allowed: 1 });
  });
});

describe('the mark of a filled Redis', () => {
  it('says that a new Redis is empty until it was filled', async () => {
    expect(await queues.isEmptied()).toBe(true);
    expect(await queues.isEmptied()).toBe(true);

    await queues.markFilled();

    expect(await queues.isEmptied()).toBe(false);
  });

  it('is gone when Redis was emptied', async () => {
    await queues.isEmptied();
    await queues.markFilled();

    await redis.flush();

    expect(await queues.isEmptied()).toBe(true);
  });

  it('lets one worker fill at a time', async () => {
    const other = new Queues(redis.url, 'here');

    expect(await queues.isEmptied()).toBe(true);
    expect(await other.isEmptied()).toBe(false);

    await other.close();
  });

  it('is not set by one who was filling when Redis was emptied again', async () => {
    await queues.isEmptied();
    await redis.flush();

    await queues.markFilled();

    expect(await queues.isEmptied()).toBe(true);
  });

  it('of another installation does not count: a Redis that was taken over', async () => {
    const other = new Queues(redis.url, 'elsewhere');
    await other.isEmptied();
    expect(await queues.isEmptied()).toBe(true);
    await queues.markFilled();

    expect(await other.isEmptied()).toBe(true);

    await other.close();
  });
});
