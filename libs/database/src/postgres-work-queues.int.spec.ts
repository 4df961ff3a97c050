import { afterAll, beforeAll, expect, it } from 'vitest';
import { PostgresWorkQueues } from './postgres-work-queues.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
let queues: PostgresWorkQueues;
beforeAll(async () => {
  opened = await openTestDatabase();
  queues = new PostgresWorkQueues(opened.database);
});
afterAll(async () => await opened?.close());

it('a queue is paused until it is told to go on, and paused twice is paused once', async () => {
  expect([...(await queues.beat('w1'))]).toEqual([]);
  await queues.pause('archive');
  await queues.pause('archive');
  expect([...(await queues.beat('w1'))]).toEqual(['archive']);
  const standing = await queues.standing(new Date());
  expect(standing.map(({ name, pausedSince }) => [name, pausedSince !== null])).toEqual([
    ['submit', false],
    ['check', false],
    ['archive', true],
    ['callback', false],
  ]);

  await queues.resume('archive');
  await queues.resume('archive');
  expect([...(await queues.beat('w1'))]).toEqual([]);
});

it('workers count for as long as they are heard of', async () => {
  await queues.beat('w1');
  await queues.beat('w2');
  expect(await queues.liveWorkers()).toBe(2);

  await opened.database.query(
    `UPDATE worker_beats SET seen_at = now() - interval '11 seconds' WHERE owner = 'w1'`,
    [],
  );
  expect(await queues.liveWorkers()).toBe(1);
});
