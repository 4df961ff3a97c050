import { type ClaimedDelivery, newDelivery } from '@app/callbacks';
import {
  addDelivery,
  claimOne,
  decideEach,
  describeDeliveryQueue,
  failedAttempt as failed,
  finishedAttempt as finish,
  idsOf,
  learnFailures as learn,
  LIMITS,
  look,
  ORIGIN,
  sendAll,
  sendNone,
} from '@app/callbacks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockReceivers } from './claim-deliveries.js';
import { PostgresDeliveryQueue } from './postgres-delivery.queue.js';
import { PostgresDeliveryStore } from './postgres-delivery.store.js';
import { retryDeadlocks } from './retry-deadlocks.js';
import { deliveryQueueHarness } from './testing/delivery-queue-harness.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { rowsReadBy } from './testing/rows-read.js';

/** Columns of whole milliseconds round it, and what is due half of one later is not due yet. */
const NOW = `date_trunc('milliseconds', now())`;

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

const makeHarness = async () => await deliveryQueueHarness(opened.database);
const flood = async (tenantId: string, row: string): Promise<void> => {
  await opened.database.query(
    `INSERT INTO deliveries (id, tenant_id, event, sequence, url, body, state, created_at, attempts, next_attempt_at, parked, lease_until)
     SELECT 'msg_flood-' || n, $1, 'callback.test', 0, '${ORIGIN}/hook', '{}', 'pending', now(), ${row}
     FROM generate_series(1, 10000) n`,
    [tenantId],
  );
  await opened.database.query(
    `INSERT INTO callback_receivers (tenant_id, origin, look_at) VALUES ($1, $2, ${NOW}) ON CONFLICT DO NOTHING`,
    [tenantId, ORIGIN],
  );
  await opened.database.query('ANALYZE deliveries', []);
};

const statement = async (text: string, values: readonly unknown[]): Promise<void> => {
  await opened.database.query(text, values);
};

const OTHER = 'https://other.example';

describeDeliveryQueue('PostgresDeliveryQueue', makeHarness);

describe('PostgresDeliveryQueue', () => {
  it('leaves a receiver that another worker holds, with what is fresh of it, and takes the others', async () => {
    const harness = await makeHarness();
    await addDelivery(harness);
    await harness.queue.claim(LIMITS, sendNone);
    const held = await addDelivery(harness);
    const free = await addDelivery(harness, { origin: OTHER });

    const claimed = await opened.database.transaction(async (client) => {
      await client.query('SELECT FROM callback_receivers WHERE origin = $1 FOR UPDATE', [ORIGIN]);
      return await harness.queue.claim(LIMITS, sendAll);
    });

    expect(idsOf(claimed.claimed)).toEqual([free.id]);
    expect(claimed.hasMore).toBe(true);
    expect(idsOf((await harness.queue.claim(LIMITS, sendAll)).claimed)).toContain(held.id);
  });

  it('waits for no worker that stands still while it takes in a new receiver', async () => {
    const harness = await makeHarness();
    await addDelivery(harness);

    const [turn, free] = await opened.database.transaction(async (client) => {
      await lockReceivers(client, 1);
      await addDelivery(harness);
      const other = await addDelivery(harness, { origin: OTHER });
      return [await harness.queue.claim(LIMITS, sendAll), other];
    });

    expect(idsOf(turn.claimed)).toEqual([free.id]);
  });

  it('is not stopped by what is left of a tenant that is gone', async () => {
    const harness = await makeHarness();
    await addDelivery(harness, { tenantId: 'tn_gone', taskId: null, event: 'callback.test' });
    const { id } = await addDelivery(harness);

    expect(idsOf((await harness.queue.claim(LIMITS, sendAll)).claimed)).toEqual([id]);
  });

  it('forgets nothing that waits for a receiver whose row is taken away', async () => {
    const harness = await makeHarness();
    const [waits, underWay] = [await addDelivery(harness), await addDelivery(harness)];
    await harness.queue.claim(
      { ...LIMITS, leaseMs: 0 },
      decideEach(() => ({ send: [underWay.id], lookAt: null })),
    );

    await statement('DELETE FROM callback_receivers WHERE origin = $1', [ORIGIN]);

    const { claimed } = await harness.queue.claim(LIMITS, sendAll);
    expect(idsOf(claimed).toSorted()).toEqual([waits.id, underWay.id].toSorted());
  });

  it('does not turn for ever while another worker holds what is due', async () => {
    const harness = await makeHarness();
    await addDelivery(harness);
    await harness.queue.claim(LIMITS, sendNone);
    await addDelivery(harness);

    const turns = await opened.database.transaction(async (client) => {
      await client.query('SELECT FROM callback_receivers WHERE origin = $1 FOR UPDATE', [ORIGIN]);
      let count = 1;
      while (count < 50 && (await harness.queue.claim(LIMITS, sendAll)).hasMore) count += 1;
      return count;
    });

    expect(turns).toBeLessThan(10);
  });

  it('waits for no lock of a delivery: one that somebody holds stays until the next turn', async () => {
    const harness = await makeHarness();
    const [first, second] = [await addDelivery(harness), await addDelivery(harness)];
    await harness.queue.claim(
      LIMITS,
      decideEach(() => ({ lookAt: new Date(0) })),
    );

    const { claimed } = await opened.database.transaction(async (client) => {
      await client.query('SELECT FROM deliveries WHERE id = $1 FOR UPDATE', [first.id]);
      return await harness.queue.claim(LIMITS, sendAll);
    });

    expect(idsOf(claimed)).toEqual([second.id]);
    const key = { tenantId: harness.tenantId, origin: ORIGIN };
    const lookAt = (await harness.findReceiver(key))?.lookAt;
    expect(Number(lookAt)).toBeLessThan(Number(claimed[0]?.leaseUntil));
  });

  it('records all of a group but the one that cannot be stored, and says so', async () => {
    const harness = await makeHarness();
    for (let n = 0; n < 3; n += 1) await addDelivery(harness);
    const { claimed } = await harness.queue.claim(LIMITS, sendAll);
    const finished = claimed.map((one, index) =>
      finish(one, {}, index === 1 ? { durationMs: Number.MAX_SAFE_INTEGER } : {}),
    );

    await expect(harness.queue.record(finished, learn)).rejects.toThrow('1 attempts cannot');

    const states = await Promise.all(claimed.map(async ({ id }) => await harness.find(id)));
    expect(states.map((row) => row?.state)).toEqual(['delivered', 'pending', 'delivered']);
  });

  it('records the others while a worker stands still that holds one of the receivers', async () => {
    const harness = await makeHarness();
    const held = await addDelivery(harness);
    const free = await addDelivery(harness, { origin: OTHER });
    const { claimed } = await harness.queue.claim(LIMITS, sendAll);
    const finished = claimed.map((one) => finish(one));

    const [left, states] = await opened.database.transaction(async (client) => {
      await client.query('SELECT FROM callback_receivers WHERE origin = $1 FOR UPDATE', [ORIGIN]);
      const unwritten = await harness.queue.record(finished, learn);
      const rows = await Promise.all([held, free].map(async ({ id }) => await harness.find(id)));
      return [unwritten, rows.map((row) => row?.state)];
    });

    expect(left).toEqual(finished.filter((one) => one.claimed.id === held.id));
    expect(states).toEqual(['pending', 'delivered']);
    expect(await harness.queue.record(left, learn)).toEqual([]);
    expect(await harness.find(held.id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });

  it('records while somebody asks for the same deliveries in another order', async () => {
    const harness = await makeHarness();
    for (let n = 0; n < 20; n += 1) await addDelivery(harness);
    const { claimed } = await harness.queue.claim({ ...LIMITS, perReceiver: 20 }, sendAll);
    const backwards = `
      WITH locked AS (SELECT id FROM deliveries WHERE tenant_id = $1 ORDER BY id DESC FOR UPDATE)
      UPDATE deliveries d SET note = NULL FROM locked WHERE d.id = locked.id`;

    await Promise.all([
      harness.queue.record(
        claimed.map((one) => finish(one)),
        learn,
      ),
      retryDeadlocks(async () => await opened.database.query(backwards, [harness.tenantId])),
    ]);

    const rows = await Promise.all(claimed.map(async ({ id }) => await harness.find(id)));
    expect(new Set(rows.map((row) => row?.state))).toEqual(new Set(['delivered']));
  });
});

describe('a callback that is asked for again', () => {
  it.each(['before', 'while', 'after'] as const)(
    'is sent again when that is asked for %s its first attempt is recorded',
    async (when) => {
      const harness = await makeHarness();
      const store = new PostgresDeliveryStore(opened.database);
      for (let round = 0; round < (when === 'while' ? 15 : 1); round += 1) {
        const { id: deliveryId } = await addDelivery(harness);
        const claimed = await claimOne(harness);
        const ask = async () => await store.redeliver({ deliveryId }, 'manual', 1);
        const record = async () => await harness.queue.record([finish(claimed)], learn);

        if (when === 'before') await ask();
        const [asked] = await Promise.all([when === 'while' ? ask() : [], record()]);
        if (when === 'after') await ask();

        const again = await claimOne(harness);
        await harness.queue.record([finish(again)], learn);
        expect(again).toMatchObject({ id: deliveryId, attempts: 1, trigger: 'manual' });
        expect(asked).toEqual(when === 'while' ? [deliveryId] : []);
        expect(await harness.find(deliveryId)).toMatchObject({ state: 'delivered', attempts: 2 });
      }
    },
  );
});

describe('a receiver with ten thousand deliveries', () => {
  it.each([
    ['first attempts', `0, now() - interval '1 s', true, NULL`],
    ['retries', `1, now() - interval '1 s', true, NULL`],
    ['retries that are not due', `1, now() + interval '1 h', true, NULL`],
  ])('hides no other receiver behind its %s, and few of them are read', async (_, row) => {
    const harness = await makeHarness();
    await flood(harness.tenantId, row);
    const other = await addDelivery(harness, { origin: OTHER });

    const shown: string[] = [];
    const read = await rowsReadBy(opened.url, async (database) => {
      await new PostgresDeliveryQueue(database).claim(LIMITS, (view) => {
        shown.push(...view.receivers.flatMap(({ due }) => idsOf(due)));
        return sendAll(view);
      });
    });

    expect(shown).toContain(other.id);
    expect(shown.length).toBeLessThanOrEqual(LIMITS.perReceiver + 1);
    expect(read).toBeLessThan(1_000);
  });

  it('shows a first attempt among its retries', async () => {
    const harness = await makeHarness();
    await flood(harness.tenantId, `1, now() - interval '1 s', true, NULL`);
    const first = await addDelivery(harness);

    expect(idsOf((await look(harness))?.due ?? [])).toContain(first.id);
  });

  it('comes to another receiver within a few turns when all of it is fresh', async () => {
    const harness = await makeHarness();
    await flood(harness.tenantId, `0, now() - interval '1 h', false, NULL`);
    const other = await addDelivery(harness, { origin: OTHER, nextAttemptAt: new Date() });

    const isOther = ({ id }: ClaimedDelivery): boolean => id === other.id;
    let turns = 1;
    while (turns < 50 && !(await harness.queue.claim(LIMITS, sendAll)).claimed.some(isOther)) {
      turns += 1;
    }

    expect(turns).toBeLessThanOrEqual(11);
  });
});

describe('beside a process of an older version', () => {
  it('sends what it made, once the receiver is known by the URL', async () => {
    const harness = await makeHarness();
    const taskId = await harness.makeTask();
    const made = newDelivery(
      {
        taskId,
        tenantId: harness.tenantId,
        event: 'task.success',
        sequence: 1,
        url: 'https://A.example/x',
        body: '{}',
      },
      new Date(0),
    );
    await statement(
      `INSERT INTO deliveries (id, task_id, tenant_id, event, sequence, url, body, state, attempts, next_attempt_at, created_at)
       VALUES ($1, $2, $3, 'task.success', 1, $4, '{}', 'pending', 0, ${NOW}, now())`,
      [made.id, taskId, harness.tenantId, 'https://A.example/x'],
    );

    expect(await claimOne(harness)).toMatchObject({
      id: made.id,
      origin: 'https://a.example',
      trigger: 'auto',
    });
  });

  it('goes on with what it tried, and with what it was asked for', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    await harness.queue.claim(LIMITS, sendNone);

    // Its claim, and its record of a failure.
    await statement(
      `UPDATE deliveries SET next_attempt_at = now() + interval '1 h' WHERE id = $1`,
      [id],
    );
    expect((await harness.queue.claim(LIMITS, sendAll)).claimed).toEqual([]);
    await statement(
      `UPDATE deliveries SET state = 'pending', attempts = 1, next_attempt_at = ${NOW}, trigger = 'schedule' WHERE id = $1`,
      [id],
    );
    const retried = await claimOne(harness);
    await harness.queue.record([failed(retried, null)], learn);
    await statement(
      `UPDATE deliveries SET state = 'pending', trigger = 'manual', next_attempt_at = ${NOW} WHERE id = $1`,
      [id],
    );

    expect(retried).toMatchObject({
      id,
      attempts: 1,
      autoAttempts: 1,
      trigger: 'auto',
      interrupted: 0,
    });
    const asked = await claimOne(harness);
    expect(asked).toMatchObject({ id, attempts: 2, trigger: 'manual' });
    await harness.queue.record([finish(asked)], learn);
    expect(await harness.find(id)).toMatchObject({ state: 'delivered', attempts: 3 });
  });

  it('sends after the attempt under way what it was asked for meanwhile', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    const underWay = await claimOne(harness);

    await statement(
      `UPDATE deliveries SET state = 'pending', trigger = 'manual', next_attempt_at = ${NOW} WHERE id = $1`,
      [id],
    );
    expect((await harness.queue.claim(LIMITS, sendAll)).claimed).toEqual([]);
    await harness.queue.record([finish(underWay)], learn);

    expect(await claimOne(harness)).toMatchObject({ id, state: 'delivered', trigger: 'manual' });
  });

  it('takes nothing from it that it is sending', async () => {
    const harness = await makeHarness();
    const { id } = await addDelivery(harness);
    const lapsed = await claimOne(harness, { ...LIMITS, leaseMs: 0 });
    await statement(
      `UPDATE deliveries SET next_attempt_at = now() + interval '1 h' WHERE id = $1`,
      [id],
    );

    expect((await harness.queue.claim(LIMITS, sendAll)).claimed).toEqual([]);
    await statement(
      `UPDATE deliveries SET state = 'delivered', attempts = 1, next_attempt_at = NULL, trigger = 'schedule' WHERE id = $1`,
      [id],
    );
    await harness.queue.record([failed(lapsed)], learn);

    expect(await harness.find(id)).toMatchObject({ state: 'delivered', attempts: 1 });
  });
});
