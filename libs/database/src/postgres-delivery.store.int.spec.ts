import { newDelivery } from '@app/callbacks';
import { describeDeliveryStore } from '@app/callbacks/testing';
import { createQueued, FAR_FUTURE, NOON } from '@app/tasks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresDeliveryStore } from './postgres-delivery.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant, postgresHarness } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

async function makeHarness() {
  const { database } = opened;
  const tenantId = await makeTenant(database);
  const harness = postgresHarness(database);
  return {
    store: new PostgresDeliveryStore(database),
    rings: harness.rings,
    tenantId,
    makeTask: async () => (await createQueued(harness, { tenantId })).id,
    add: async (delivery: ReturnType<typeof newDelivery>) => {
      await database.query(
        `INSERT INTO deliveries (id, task_id, tenant_id, event, sequence, url, body, state, attempts, next_attempt_at, created_at)
         SELECT d.id, d."taskId", d."tenantId", d.event, d.sequence, d.url, d.body, d.state, d.attempts, d."nextAttemptAt", d."createdAt"
         FROM jsonb_to_record($1::jsonb) AS d(id text, "taskId" text, "tenantId" text, event text, sequence int, url text,
           body text, state text, attempts int, "nextAttemptAt" timestamptz, "createdAt" timestamptz)`,
        [JSON.stringify(delivery)],
      );
    },
  };
}

describeDeliveryStore('PostgresDeliveryStore', makeHarness);

/** A delivery, and the attempt of it that failed. */
const failedOnce = async () => {
  const harness = await makeHarness();
  const { tenantId } = harness;
  const fields = { event: 'task.success', url: 'https://your.example/hook', body: '{}' } as const;
  const taskId = await harness.makeTask();
  const made = newDelivery({ taskId, tenantId, sequence: 4, ...fields }, NOON);
  await harness.add(made);
  const attempt = {
    deliveryId: made.id,
    number: 1,
    trigger: 'schedule',
    startedAt: NOON,
    durationMs: 12,
    status: 500,
    error: null,
    answerSnippet: '',
  } as const;
  const ringsOf = async () => (await harness.rings()).filter(({ subject }) => subject === made.id);
  return { ...harness, made, attempt, ringsOf };
};

describe('PostgresDeliveryStore', () => {
  it('rings for the next attempt with the commit of the one that failed', async () => {
    const { store, attempt, made, ringsOf } = await failedOnce();

    await store.record(attempt, { state: 'pending', nextAttemptAt: FAR_FUTURE });
    await store.record(attempt, { state: 'pending', nextAttemptAt: FAR_FUTURE });

    expect(await ringsOf()).toEqual([
      { step: 'deliver', subject: made.id, ring: '1', dueAt: FAR_FUTURE },
    ]);
  });

  it('rings with the commit that makes a callback due again', async () => {
    const { store, attempt, made, ringsOf } = await failedOnce();
    await store.record(attempt, { state: 'dead', nextAttemptAt: null });

    await store.redeliver(made.taskId);

    expect(await ringsOf()).toMatchObject([
      { step: 'deliver', subject: made.id, ring: expect.stringMatching(/^manual-\d{13}$/) },
    ]);
  });

  it('rings no more for a delivery that has ended', async () => {
    const { store, attempt, ringsOf } = await failedOnce();

    await store.record(attempt, { state: 'delivered', nextAttemptAt: null });

    expect(await ringsOf()).toEqual([]);
  });
});
