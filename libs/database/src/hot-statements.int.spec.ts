import { randomUUID } from 'node:crypto';
import { type NewTask, taskError, failed } from '@app/tasks';
import { FAR_FUTURE, makeContext, makeTask, NOON } from '@app/tasks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresDeliveryStore } from './postgres-delivery.store.js';
import { PostgresDueWork } from './postgres-due-work.js';
import { PostgresTaskStore } from './postgres-task.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { BUSY_TENANT, seedBacklog } from './testing/seed-backlog.js';
import { plansOf } from './testing/statement-plans.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
  await seedBacklog(opened.database);
});
afterAll(async () => await opened.close());

const TASK = 'tk-00000000000000000000005000';
const DELIVERY = 'msg_50';
const SCAN_OF_A_TABLE =
  /Seq Scan on (tasks|attempts|task_events|deliveries|outputs|outbox|idempotency_keys)/;

interface Stores {
  readonly tasks: PostgresTaskStore;
  readonly work: PostgresDueWork;
  readonly deliveries: PostgresDeliveryStore;
}

const bundle = (): NewTask => {
  const key = randomUUID();
  const idempotency = { key, fingerprint: Buffer.alloc(32), expiresAt: FAR_FUTURE };
  return { task: makeTask({ tenantId: BUSY_TENANT }), idempotency, rings: [] };
};

describe('the hot statements on tables with thousands of rows', () => {
  it.each<[string, (stores: Stores) => Promise<unknown>]>([
    ['relay', async ({ work }) => await work.relay(500, async () => undefined)],
    ['overdue', async ({ work }) => await work.overdue(FAR_FUTURE, 500)],
    ['pastDeadline', async ({ work }) => await work.pastDeadline(FAR_FUTURE, 100)],
    [
      'forgetIdempotencyKeys',
      async ({ work }) => await work.forgetIdempotencyKeys(FAR_FUTURE, 1_000),
    ],
    ['due deliveries', async ({ deliveries }) => await deliveries.due(100)],
    ['claim', async ({ deliveries }) => await deliveries.claim(DELIVERY, FAR_FUTURE)],
    ['attemptsOf a delivery', async ({ deliveries }) => await deliveries.attemptsOf(TASK)],
    ['create', async ({ tasks }) => await tasks.create(bundle())],
    ['findIdempotencyKey', async ({ tasks }) => await tasks.findIdempotencyKey('tn_1', 'key-1')],
    ['find', async ({ tasks }) => await tasks.find(TASK)],
    ['findDetail', async ({ tasks }) => await tasks.findDetail(BUSY_TENANT, TASK)],
    [
      'list',
      async ({ tasks }) => await tasks.list(BUSY_TENANT, { page: 1, size: 10, cap: 10_000 }),
    ],
    ['outputsOf', async ({ tasks }) => await tasks.outputsOf(TASK)],
    ['openAttempt', async ({ tasks }) => await tasks.openAttempt(TASK)],
    ['findSubmitted', async ({ tasks }) => await tasks.findSubmitted('at-50')],
    ['renewLease', async ({ tasks }) => await tasks.renewLease('at-100', 'me', FAR_FUTURE)],
    [
      'noteCheck',
      async ({ tasks }) =>
        await tasks.noteCheck('at-150', { checks: 1, nextCheckAt: NOON, progress: 5 }),
    ],
    [
      'apply',
      async ({ tasks }) => {
        const error = taskError('TASK_FAILED', 'It failed.');
        const change = { id: 'at-5000', state: 'failed' } as const;
        const from = makeTask({ id: TASK, tenantId: BUSY_TENANT });
        await tasks.apply(failed(from, error, makeContext(), change));
      },
    ],
  ])('%s reads no table from end to end', async (_, run) => {
    const { database, url } = opened;
    const stores = {
      tasks: new PostgresTaskStore(database),
      work: new PostgresDueWork(database),
      deliveries: new PostgresDeliveryStore(database),
    };

    const plans = await plansOf(url, async () => await run(stores));

    expect(plans).not.toEqual([]);
    const readingAll = plans.filter(({ plan }) => SCAN_OF_A_TABLE.test(plan));
    expect(readingAll).toEqual([]);
  });
});
