import { chooseNext } from '@app/tasks';
import { makeTask } from '@app/tasks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresDispatchStore } from './postgres-dispatch.store.js';
import { PostgresEngineFigures } from './postgres-engine-figures.js';
import { PostgresTaskStore } from './postgres-task.store.js';
import { PostgresVendorHealthStore } from './postgres-vendor-health.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

/** Three tasks wait at a vendor with two slots. */
async function dispatched(): Promise<void> {
  const tenantId = await makeTenant(opened.database);
  const tasks = new PostgresTaskStore(opened.database);
  for (let made = 0; made < 3; made += 1) {
    await tasks.create({ task: makeTask({ tenantId }), idempotency: null, maxQueued: null });
  }
  const limits = { inFlight: 2, submitsPerSecond: 100, checksPerSecond: 1 };
  const turn = { headsPerTenant: 50, maxTenants: 200 };
  await new PostgresDispatchStore(opened.database).turn('fake', turn, (view) =>
    chooseNext(view, { accounts: [{ id: 'fake:1', limits }], costOf: () => 1, ...turn }),
  );
}

describe('PostgresEngineFigures', () => {
  it('finds nothing where nothing is', async () => {
    expect(await new PostgresEngineFigures(opened.database).read(new Date())).toEqual({
      lanes: [],
      oldestRing: null,
      breakers: [],
      troubles: [],
    });
  });

  it('counts slots by rows, who waits, and names breakers', async () => {
    const breaker = { failures: 1, openUntil: null, opened: 0 };
    const health = new PostgresVendorHealthStore(opened.database);
    await health.changeBreaker('fake', 'fake-image', () => breaker);
    await dispatched();

    const figures = await new PostgresEngineFigures(opened.database).read(new Date());

    expect(figures).toMatchObject({
      lanes: [{ provider: 'fake', slots: 2, waiting: 1, oldest: expect.any(Date) }],
      oldestRing: expect.any(Date),
      breakers: [{ provider: 'fake', model: 'fake-image', breaker }],
      troubles: [],
    });
  });

  it('counts no slot of a task that is over', async () => {
    await opened.database.query(
      `UPDATE tasks SET next_action_at = NULL, status = 'fail' WHERE account IS NOT NULL`,
      [],
    );

    const { lanes } = await new PostgresEngineFigures(opened.database).read(new Date());

    expect(lanes).toMatchObject([{ slots: 0, waiting: 1 }]);
  });
});
