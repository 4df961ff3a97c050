import { makeTask } from '@app/tasks/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PostgresTaskStore } from './postgres-task.store.js';
import { PostgresVendorHealthStore } from './postgres-vendor-health.store.js';
import { PostgresVendorOverview } from './postgres-vendor-overview.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
let overview: PostgresVendorOverview;
let health: PostgresVendorHealthStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  overview = new PostgresVendorOverview(opened.database);
  health = new PostgresVendorHealthStore(opened.database);
});
beforeEach(async () => void (await opened.database.query('DELETE FROM vendor_health', [])));
afterAll(async () => await opened.close());

const TROUBLE = { since: 1, why: 'HTTP 401', probeAt: 2, waitMs: 3 };
const trouble = async (account: string, model: string | null): Promise<void> =>
  await health.changeTrouble('fake', { account, model }, () => TROUBLE);

describe('PostgresVendorOverview', () => {
  it('tells breakers, throttling and troubles apart', async () => {
    const breaker = { failures: 1, openUntil: null, opened: 0 };
    const throttled = { limit: 3, throttledAt: 1, coolUntil: 2 };
    await health.changeBreaker('fake', 'fake-image', () => breaker);
    await health.changeAccount('fake', 'fake:1', () => throttled);
    await trouble('fake:2', null);
    await trouble('fake:2', 'fake-image');

    const seen = await overview.read();

    expect(seen.breakers).toEqual([{ provider: 'fake', model: 'fake-image', breaker }]);
    expect(seen.throttled).toEqual(new Map([['fake:1', throttled]]));
    expect([...seen.troubles.keys()].toSorted()).toEqual(['fake:2', 'fake:2/fake-image']);
  });

  it('lifts the troubles of one account, with all its models, and of no other', async () => {
    await trouble('fake:2', null);
    await trouble('fake:2', 'fake-image');
    await trouble('fake:22', null);

    expect(await overview.liftTroubles('fake', 'fake:2')).toEqual(['fake:2', 'fake:2/fake-image']);
    expect(await overview.liftTroubles('fake', 'fake:2')).toEqual([]);
    expect([...(await overview.read()).troubles.keys()]).toEqual(['fake:22']);
  });

  it('counts slots, and submits of the last ten minutes by how they ended', async () => {
    const tenantId = await makeTenant(opened.database);
    const tasks = new PostgresTaskStore(opened.database);
    const task = makeTask({ tenantId });
    await tasks.create({ task, idempotency: null, maxQueued: null });
    const ends = ['done', 'done', 'done', 'failed', 'unknown', 'submitted'];
    for (const [index, state] of [...ends, 'failed'].entries()) {
      await opened.database.query(
        `INSERT INTO attempts (id, task_id, number, provider, account, state, started_at)
         VALUES ($1, $2, $3, 'fake', 'fake:1', $4, now() - make_interval(mins => $5))`,
        [`at-${index}`, task.id, index, state, index === ends.length ? 11 : 1],
      );
    }
    await opened.database.query(
      `UPDATE tasks SET account = 'fake:1', dispatch_at = NULL, status = 'handling' WHERE id = $1`,
      [task.id],
    );

    const seen = await overview.read();

    expect(seen.attempts).toEqual(new Map([['fake:1', { done: 3, failed: 2 }]]));
    expect(seen.inFlight).toEqual(new Map([['fake:1', 1]]));
    expect(seen.lanes).toMatchObject([{ provider: 'fake', slots: 1, waiting: 0 }]);
  });
});
