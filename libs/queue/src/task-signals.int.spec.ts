import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOwnRedis, type OwnRedis } from '../../../test/support/redis.js';
import { RedisTaskSignals, TaskSignalsListener } from './task-signals.js';

let redis: OwnRedis;
let signals: RedisTaskSignals;
let heard: (readonly string[])[];
let listener: TaskSignalsListener;
beforeEach(async () => {
  redis = await createOwnRedis();
  heard = [];
  signals = new RedisTaskSignals(redis.url);
  listener = new TaskSignalsListener(redis.url, (taskIds) => heard.push(taskIds));
});
afterEach(async () => {
  listener.close();
  signals.close();
  await redis.drop();
});

/** Lets what was told go out. */
const nextTurn = async (): Promise<unknown> =>
  await new Promise((resolve) => setImmediate(resolve));

/** Somebody listens, and what is told arrives. */
async function connected(): Promise<void> {
  const client = new Redis(redis.url);
  await expect.poll(async () => await client.pubsub('NUMSUB', 'taskgate:tasks')).toContain(1);
  client.disconnect();
  await expect
    .poll(() => {
      signals.tell(['tk-hello']);
      return heard.length;
    })
    .toBeGreaterThan(0);
  await nextTurn();
}

/** What was heard until this signal came. */
async function until(taskId: string): Promise<readonly (readonly string[])[]> {
  await expect.poll(() => heard.flat()).toContain(taskId);
  return heard.filter((ids) => !ids.includes('tk-hello'));
}

describe('signals of tasks', () => {
  it('told at once arrive together, each task once', async () => {
    await connected();

    signals.tell(['tk-1', 'tk-2']);
    signals.tell(['tk-2']);
    signals.tell([]);
    signals.tell(['tk-3']);

    expect(await until('tk-3')).toEqual([['tk-1', 'tk-2', 'tk-3']]);
  });

  it('arrive in several messages when they are many', async () => {
    await connected();
    const ids = Array.from({ length: 1_201 }, (_, index) => `tk-${index}`);

    signals.tell(ids);

    expect((await until('tk-1200')).map(({ length }) => length)).toEqual([500, 500, 201]);
  });

  it('are lost without a word while Redis is away, and arrive once it is back', async () => {
    await connected();
    await redis.stop('SIGKILL');
    // What is told before the connection knows of it is sent again by the client.
    for (let turns = 0; turns < 20; turns += 1) await nextTurn();
    signals.tell(['tk-lost']);
    await redis.start();
    heard.length = 0;

    await connected();

    expect(heard.flat()).not.toContain('tk-lost');
  });
});
