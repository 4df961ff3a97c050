import { newDelivery, NEW_RECEIVER } from '@app/callbacks';
import { describeDeliveryStore } from '@app/callbacks/testing';
import { NOON } from '@app/tasks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliveryHarness } from './testing/delivery-harness.js';
import { PostgresTaskStore } from './postgres-task.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

describeDeliveryStore('PostgresDeliveryStore', async () => await deliveryHarness(opened.database));

/** A tenant's deliveries in this state, made in one statement, and their ids in order. */
async function addMany(count: number, state: 'dead' | 'pending') {
  const harness = await deliveryHarness(opened.database);
  const rows = await opened.database.query<{ id: string }>(
    `INSERT INTO deliveries (id, tenant_id, event, sequence, url, origin, body, state, attempts, parked, next_attempt_at, created_at)
     SELECT 'msg_' || $1 || lpad(n::text, 6, '0'), $1, 'callback.test', 0, 'https://a.example/', 'https://a.example', '{"a":1}', $3, 1,
       true, CASE $3 WHEN 'pending' THEN now() + interval '1 hour' END, now()
     FROM generate_series(1, $2::int) n RETURNING id`,
    [harness.tenantId, count, state],
  );
  return { ...harness, ids: rows.map(({ id }) => id).toSorted() };
}

describe('PostgresDeliveryStore', () => {
  it('sends again more than fit in one batch, each once and in order', async () => {
    const { store, tenantId, ids } = await addMany(2_100, 'dead');

    const asked = await store.redeliver({ tenantId, state: 'dead' }, 'replay', 2_050);

    expect(asked).toEqual(ids.slice(0, 2_050));
    const due = await opened.database.query(
      `SELECT id FROM deliveries WHERE tenant_id = $1 AND trigger = 'replay' AND NOT parked AND next_attempt_at <= now()`,
      [tenantId],
    );
    expect(due).toHaveLength(2_050);
  });

  it('passes by none that somebody else holds at this moment', async () => {
    const { store, tenantId, ids, requestedOf } = await addMany(3, 'pending');
    const claim = `UPDATE deliveries SET lease_until = now() + interval '1 hour' WHERE id = $1`;
    let asking: Promise<readonly string[]> = Promise.resolve([]);
    await opened.database.transaction(async (worker) => {
      await worker.query(claim, [ids[1]]);
      asking = store.redeliver({ tenantId }, 'manual', 10);
      await expect.poll(waitingForLocks).toBe(1);
    });

    expect(await asking).toEqual(ids);
    expect(await Promise.all(ids.map(requestedOf))).toEqual([null, 'manual', null]);
  });

  it.each(['delivered', 'dead'] as const)(
    'forgets what a %s one told of an erased task, and sends it no more',
    async (state) => {
      const { database } = opened;
      const { store, tenantId, makeTask, add } = await deliveryHarness(database);
      const taskId = await makeTask();
      const fields = { event: 'task.fail', sequence: 2, url: 'https://a.example/' } as const;
      const made = newDelivery({ ...fields, tenantId, taskId, body: '{"a":1}' }, NOON);
      await add({ ...made, state, nextAttemptAt: null });
      await store.redeliver({ taskId }, 'manual', 1);
      await database.query(`UPDATE tasks SET status = 'fail' WHERE id = $1`, [taskId]);

      await new PostgresTaskStore(database).erase(tenantId, taskId, NOON);

      expect(await store.findForTask(taskId)).toMatchObject([
        { state, body: '{}', nextAttemptAt: null },
      ]);
    },
  );

  it('shows what the version before wrote as its own words', async () => {
    const { store, tenantId, makeTask, add, addAttempt } = await deliveryHarness(opened.database);
    const fields = {
      event: 'task.fail',
      sequence: 2,
      url: 'https://a.example/',
      body: '{}',
    } as const;
    const made = newDelivery({ ...fields, tenantId, taskId: await makeTask() }, NOON);
    await add(made);
    await addAttempt({
      deliveryId: made.id,
      number: 1,
      trigger: 'auto',
      startedAt: NOON,
      durationMs: 1,
      phases: { dnsMs: null, connectMs: null, tlsMs: null, firstByteMs: null },
      remoteAddress: null,
      status: 200,
      errorClass: null,
      error: null,
      answerSnippet: '',
    });
    for (const table of ['deliveries', 'delivery_attempts'])
      await opened.database.query(`UPDATE ${table} SET trigger = 'schedule'`, []);

    const found = await store.find(tenantId, made.id);

    expect(found?.delivery.trigger).toBe('auto');
    expect(found?.attempts.map(({ trigger }) => trigger)).toEqual(['auto']);
  });

  it('has what waits for a receiver looked at when somebody disables or enables it', async () => {
    const { store, tenantId, setHealth } = await deliveryHarness(opened.database);
    const key = { tenantId, origin: 'https://a.example' };
    await setHealth(key, NEW_RECEIVER);
    const lookAt = async () => {
      const [row] = await opened.database.query<{ look_at: Date | null }>(
        'UPDATE callback_receivers r SET look_at = NULL FROM callback_receivers o WHERE r.tenant_id = $1 AND o.tenant_id = $1 RETURNING o.look_at',
        [tenantId],
      );
      return row?.look_at ?? null;
    };

    await store.setReceiverDisabled(key, true);
    const disabled = await lookAt();
    await store.setReceiverDisabled(key, false);

    expect([disabled, await lookAt()]).toEqual([expect.any(Date), expect.any(Date)]);
  });

  it('gives a receiver that somebody enables a clean slate, but nothing above its rate', async () => {
    const { store, tenantId, setHealth } = await deliveryHarness(opened.database);
    const key = { tenantId, origin: 'https://a.example' };
    const spent = { tokens: 0.5, tokensAt: Date.now() };
    await setHealth(key, { ...NEW_RECEIVER, ...spent, atOnce: 1, failures: 7, disabledAt: 5 });

    await store.setReceiverDisabled(key, false);
    const [report] = await store.receivers({ ...key, failing: false, limit: 1 });

    expect(report?.health).toEqual({ ...NEW_RECEIVER, ...spent });
  });
});

async function waitingForLocks(): Promise<number> {
  const [row] = await opened.database.query<{ waiting: number }>(
    'SELECT count(*)::int AS waiting FROM pg_stat_activity WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0',
    [],
  );
  return row?.waiting ?? 0;
}
