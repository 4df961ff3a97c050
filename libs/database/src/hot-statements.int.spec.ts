import { randomUUID } from 'node:crypto';
import { testDelivery } from '@app/callbacks';
import { newDelivery } from '@app/callbacks';
import { finishedAttempt, learnFailures, LIMITS, sendAll } from '@app/callbacks/testing';
import { type LaneDecision, type LaneView, type NewTask, taskError, failed } from '@app/tasks';
import { FAR_FUTURE, makeContext, makeTask, NOON } from '@app/tasks/testing';
import { makeTransfer } from '@app/tenants/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresDeliveryQueue } from './postgres-delivery.queue.js';
import { PostgresDeliveryStore } from './postgres-delivery.store.js';
import { PostgresDispatchStore } from './postgres-dispatch.store.js';
import { PostgresDueWork } from './postgres-due-work.js';
import { PostgresLedgerStore } from './postgres-ledger.store.js';
import { PostgresRetentionStore } from './postgres-retention.store.js';
import { PostgresTaskStore } from './postgres-task.store.js';
import { PostgresUnaccountedEnds } from './postgres-unaccounted-ends.js';
import { addDelivery } from './testing/delivery-queue-harness.js';
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
const WAITING = 'tk-00000000000000000000005050';
const DELIVERY = 'msg_50';
const PAGE = { skip: 0, size: 10 };
const DELIVERIES = { limit: 10, after: 'msg_60' };
const RARE = { metadata: { order: '5000' } };
const COMMON = { metadata: { shop: '0' } };
const SCAN_OF_A_TABLE =
  /Seq Scan on (tasks|task_metadata|attempts|task_events|deliveries|delivery_attempts|outputs|outbox|idempotency_keys|inputs|ledger|ledger_holds|balances|usage_hours)\b/;

interface Stores {
  readonly tasks: PostgresTaskStore;
  readonly work: PostgresDueWork;
  readonly deliveries: PostgresDeliveryStore;
  readonly dispatch: PostgresDispatchStore;
  readonly retention: PostgresRetentionStore;
  readonly ledger: PostgresLedgerStore;
  readonly ends: PostgresUnaccountedEnds;
}

/** Whatever the lane shows, its first task is admitted. */
function admitFirst({ tenants, state }: LaneView): LaneDecision {
  const [task] = tenants.flatMap(({ waiting }) => waiting);
  const admit = task ? [{ taskId: task.id, version: task.version, account: 'p:1' }] : [];
  return { admit, state, breakers: new Map(), troubles: new Map() };
}

const bundle = (): NewTask => {
  const key = randomUUID();
  const idempotency = { key, fingerprint: Buffer.alloc(32), expiresAt: FAR_FUTURE };
  return { task: makeTask({ tenantId: BUSY_TENANT }), idempotency, maxQueued: 1_000 };
};

const freshDelivery = () =>
  newDelivery(
    {
      taskId: TASK,
      tenantId: BUSY_TENANT,
      event: 'task.fail',
      sequence: 9,
      url: 'https://fresh.example/hook',
      body: '{}',
    },
    NOON,
  );

const HELD = { keyId: 'key_1', hold: { nanoUsd: 50, priceVersion: 'v1' } };
const holding = (made: NewTask): NewTask => ({ ...made, task: { ...made.task, ...HELD } });

function bundleOfThree(): NewTask {
  const input = { prompt: 'a cat' };
  const parts = [0, 1, 2].map((index) =>
    makeTask({ tenantId: BUSY_TENANT, part: { parentId: 'tk-whole', index, results: 1 }, input }),
  );
  return { ...bundle(), parts };
}

describe('the hot statements on tables with thousands of rows', () => {
  it.each<[string, (stores: Stores) => Promise<unknown>]>([
    ['relay', async ({ work }) => await work.relay(500, async () => undefined)],
    ['overdue', async ({ work }) => await work.overdue(FAR_FUTURE, 500)],
    ['pastDeadline', async ({ work }) => await work.pastDeadline(FAR_FUTURE, 100)],
    [
      'forgetIdempotencyKeys',
      async ({ work }) => await work.forgetIdempotencyKeys(FAR_FUTURE, 1_000),
    ],
    ['find a delivery', async ({ deliveries }) => await deliveries.find('tn_1', DELIVERY)],
    [
      'list of a tenant’s deliveries',
      async ({ deliveries }) => await deliveries.list({ tenantId: 'tn_1' }, DELIVERIES),
    ],
    [
      'list of a tenant’s dead deliveries',
      async ({ deliveries }) =>
        await deliveries.list({ tenantId: 'tn_1', state: 'dead' }, DELIVERIES),
    ],
    [
      'list of a tenant’s deliveries of a time, from where the page before ended',
      async ({ deliveries }) =>
        await deliveries.list({ tenantId: 'tn_1', from: NOON, to: FAR_FUTURE }, DELIVERIES),
    ],
    [
      'list of everybody’s deliveries',
      async ({ deliveries }) => await deliveries.list({}, DELIVERIES),
    ],
    [
      'list of everybody’s dead deliveries',
      async ({ deliveries }) => await deliveries.list({ state: 'dead' }, DELIVERIES),
    ],
    [
      'count of dead deliveries to send again',
      async ({ deliveries }) => await deliveries.countRedeliverable({ state: 'dead' }, 10_000),
    ],
    [
      'redeliver a task’s',
      async ({ deliveries }) => await deliveries.redeliver({ taskId: TASK }, 'manual', 1),
    ],
    [
      'redeliver what is dead',
      async ({ deliveries }) =>
        await deliveries.redeliver({ tenantId: 'tn_1', state: 'dead' }, 'replay', 100),
    ],
    [
      'add a test',
      async ({ deliveries }) =>
        await deliveries.addTest(
          testDelivery({ tenantId: 'tn_1', url: 'https://a.example' }, NOON),
          10,
        ),
    ],
    [
      'receivers of a tenant',
      async ({ deliveries }) =>
        await deliveries.receivers({ tenantId: 'tn_1', failing: false, limit: 100 }),
    ],
    [
      'receivers that fail',
      async ({ deliveries }) => await deliveries.receivers({ failing: true, limit: 100 }),
    ],
    ['attemptsOf a delivery', async ({ deliveries }) => await deliveries.attemptsOf(TASK)],
    ['create', async ({ tasks }) => await tasks.create(bundle())],
    ['create of several calls', async ({ tasks }) => await tasks.create(bundleOfThree())],
    ['create with a hold', async ({ tasks }) => await tasks.create(holding(bundle()))],
    [
      'create of several calls with a hold',
      async ({ tasks }) => await tasks.create(holding(bundleOfThree())),
    ],
    [
      'apply of an end that the ledger is told of',
      async ({ tasks }) => {
        const from = makeTask({
          id: 'tk-00000000000000000000005100',
          tenantId: BUSY_TENANT,
          ...HELD,
        });
        await tasks.apply(failed(from, taskError('TASK_FAILED', 'It failed.'), makeContext()));
      },
    ],
    [
      'write to the ledger',
      async ({ ledger }) => await ledger.write([makeTransfer({ subject: 'req_1' })]),
    ],
    ['balances', async ({ ledger }) => await ledger.balances(['tn_1', 'key_1'])],
    ['changedBalances', async ({ ledger }) => await ledger.changedBalances(new Date())],
    ['abandonedHolds', async ({ ledger }) => await ledger.abandonedHolds(60_000, 500)],
    ['lostOf', async ({ ledger }) => await ledger.lostOf([TASK, WAITING])],
    ['account for ends', async ({ ends }) => await ends.account(500)],
    ['partsOf', async ({ tasks }) => await tasks.partsOf(TASK)],
    ['noteProgress', async ({ tasks }) => await tasks.noteProgress(TASK, 50)],
    [
      'noteGathered',
      async ({ tasks }) =>
        await tasks.noteGathered([
          { id: TASK, status: 'queued' },
          { id: WAITING, status: 'queued' },
        ]),
    ],
    [
      'apply of what was gathered',
      async ({ tasks }) => {
        const from = makeTask({ id: WAITING, tenantId: BUSY_TENANT });
        const end = failed(from, taskError('TASK_FAILED', 'It failed.'), makeContext());
        const taken = [1, 2].map((index) => ({ id: `out-${index}`, index }));
        await tasks.apply({ ...end, gathered: { taken, droppedOf: [TASK] } });
      },
    ],
    ['findIdempotencyKey', async ({ tasks }) => await tasks.findIdempotencyKey('tn_1', 'key-1')],
    ['find', async ({ tasks }) => await tasks.find(TASK)],
    ['findDetail', async ({ tasks }) => await tasks.findDetail(BUSY_TENANT, TASK)],
    ['list', async ({ tasks }) => await tasks.list(BUSY_TENANT, {}, PAGE)],
    [
      'list by status',
      async ({ tasks }) => await tasks.list(BUSY_TENANT, { status: 'queued' }, PAGE),
    ],
    ['list by model', async ({ tasks }) => await tasks.list(BUSY_TENANT, { model: 'm2' }, PAGE)],
    [
      'list by time',
      async ({ tasks }) => await tasks.list(BUSY_TENANT, { createdAfter: NOON }, PAGE),
    ],
    ['list by metadata', async ({ tasks }) => await tasks.list(BUSY_TENANT, RARE, PAGE)],
    ['list by common metadata', async ({ tasks }) => await tasks.list(BUSY_TENANT, COMMON, PAGE)],
    [
      'list by metadata, model and status',
      async ({ tasks }) =>
        await tasks.list(BUSY_TENANT, { ...COMMON, model: 'm2', status: 'fail' }, PAGE),
    ],
    [
      'list of everybody by metadata and status',
      async ({ tasks }) => await tasks.list(null, { ...COMMON, status: 'fail' }, PAGE),
    ],
    ['list of everybody', async ({ tasks }) => await tasks.list(null, {}, PAGE)],
    [
      'list of everybody by status',
      async ({ tasks }) => await tasks.list(null, { status: 'fail' }, PAGE),
    ],
    ['count', async ({ tasks }) => await tasks.count(BUSY_TENANT, {}, 10_000)],
    ['count by metadata', async ({ tasks }) => await tasks.count(BUSY_TENANT, RARE, 10_000)],
    [
      'count by metadata and model',
      async ({ tasks }) => await tasks.count(BUSY_TENANT, { ...COMMON, model: 'm2' }, 10_000),
    ],
    [
      'queuePosition',
      async ({ tasks }) => await tasks.queuePosition(makeTask({ id: WAITING }), 1_000),
    ],
    ['eventsOf', async ({ tasks }) => await tasks.eventsOf(TASK, -1)],
    ['marksOf', async ({ tasks }) => await tasks.marksOf([TASK, WAITING])],
    ['erase', async ({ tasks }) => await tasks.erase(BUSY_TENANT, TASK, NOON)],
    ['outputsOf', async ({ tasks }) => await tasks.outputsOf(TASK)],
    ['openAttempt', async ({ tasks }) => await tasks.openAttempt(TASK)],
    ['findInFlight', async ({ tasks }) => await tasks.findInFlight(['at-50', 'at-150'])],
    ['findAttempt', async ({ tasks }) => await tasks.findAttempt('at-50')],
    ['ownedVendorIds', async ({ tasks }) => await tasks.ownedVendorIds('p', ['job-50'])],
    ['takeLease', async ({ tasks }) => await tasks.takeLease('at-100', 'me', FAR_FUTURE)],
    ['noteHook', async ({ tasks }) => await tasks.noteHook('at-150', { job: 'j' }, NOON)],
    ['takeOverdue', async ({ work }) => await work.takeOverdue(FAR_FUTURE, 500, 1_000)],
    ['checksInFlight', async ({ work }) => await work.checksInFlight('', 500)],
    ['lanes', async ({ dispatch }) => await dispatch.lanes(NOON)],
    [
      'turn',
      async ({ dispatch }) =>
        await dispatch.turn('p', { headsPerTenant: 20, maxTenants: 100 }, admitFirst),
    ],
    ['expiredObjects', async ({ retention }) => await retention.expiredObjects(NOON, 100)],
    ['forgetObjects', async ({ retention }) => await retention.forgetObjects(['outputs/50/0'])],
    ['unnamed', async ({ retention }) => await retention.unnamed(['outputs/50/0'])],
    ['renewLease', async ({ tasks }) => await tasks.renewLease('at-100', 'me', FAR_FUTURE)],
    [
      'noteChecks',
      async ({ tasks }) =>
        await tasks.noteChecks([
          { attemptId: 'at-150', checks: 1, nextCheckAt: NOON, progress: 5 },
        ]),
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
      dispatch: new PostgresDispatchStore(database),
      retention: new PostgresRetentionStore(database),
      ledger: new PostgresLedgerStore(database),
      ends: new PostgresUnaccountedEnds(database),
    };

    const plans = await plansOf(url, async () => await run(stores));

    expect(plans).not.toEqual([]);
    const readingAll = plans.filter(({ plan }) => SCAN_OF_A_TABLE.test(plan));
    expect(readingAll).toEqual([]);
  });

  it('claim and record look up receivers and callbacks one by one', async () => {
    const { database, url } = opened;
    const queue = new PostgresDeliveryQueue(database);
    await addDelivery(database, freshDelivery());

    const plans = await plansOf(url, async () => {
      const { claimed } = await queue.claim(LIMITS, sendAll);
      expect(claimed.length).toBeGreaterThan(0);
      await queue.record(
        claimed.map((one) => finishedAttempt(one)),
        learnFailures,
      );
    });

    expect(plans).toHaveLength(6);
    expect(plans.filter(({ plan }) => /Seq Scan on (deliver|callback)/.test(plan))).toEqual([]);
  });
});
