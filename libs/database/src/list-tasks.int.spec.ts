import type { TaskFilter } from '@app/tasks';
import { NOON } from '@app/tasks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PostgresRetentionStore } from './postgres-retention.store.js';
import { PostgresTaskStore } from './postgres-task.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

const TENANT = 'tn_many';
const TASKS = 6_000;
const idOf = (number: number): string => `tk-${String(number).padStart(26, '0')}`;

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
  await opened.database.query(
    `INSERT INTO tenants (id, name, source) VALUES ('${TENANT}', 'many', 'admin'), ('tn_other', 'other', 'admin')`,
    [],
  );
  await opened.database.query(SEED, [TASKS]);
});
afterAll(async () => await opened.close());

/** So many that pairs of them are read side by side; `side` has few, and old ones alone. */
const SEED = `
INSERT INTO tasks (id, tenant_id, model, kind, provider, status, version, input, request, metadata, priority, callback_when,
  on_unknown, storage, created_at, deadline_at)
SELECT 'tk-' || lpad(n::text, 26, '0'), CASE n % 10 WHEN 0 THEN 'tn_other' ELSE '${TENANT}' END, 'm-' || n % 2, 'image', 'p',
  CASE WHEN n % 3 = 0 THEN 'fail' ELSE 'success' END, 0, '{}', '{}',
  jsonb_build_object('shop', CASE WHEN n % 7 = 0 THEN 'south' ELSE 'north' END, 'paid', (n % 5 < 4)::text)
    || CASE WHEN n % 11 = 0 AND n < 2000 THEN '{"side": "old"}'::jsonb ELSE '{}' END,
  'normal', 'final', 'fail', 'temp', now(), now()
FROM generate_series(1, $1::int) n`;

const FILTERS: readonly TaskFilter[] = [
  {},
  { model: 'm-1' },
  { models: ['m-1', 'm-0', 'm-none'] },
  { models: ['m-1', 'm-none'], metadata: { shop: 'north' } },
  { status: 'fail', model: 'm-1' },
  { metadata: { shop: 'north' } },
  { metadata: { shop: 'north', paid: 'true' } },
  { metadata: { shop: 'south', paid: 'true', side: 'old' } },
  { metadata: { shop: 'north' }, model: 'm-0' },
  { metadata: { shop: 'north', paid: 'true' }, status: 'success', model: 'm-0' },
  { metadata: { side: 'old' }, model: 'm-1' },
  { metadata: { side: 'new' }, model: 'm-1' },
  { metadata: { shop: 'south' }, status: 'queued' },
];

/** All that match, newest first, read from end to end. */
async function matching(tenantId: string | null, filter: TaskFilter): Promise<readonly string[]> {
  const rows = await opened.database.query<{ id: string }>(
    `SELECT id FROM tasks WHERE tenant_id = coalesce($1, tenant_id) AND status = coalesce($2, status)
     AND model = coalesce($3, model) AND model = ANY(coalesce($5, ARRAY[model])) AND metadata @> $4::jsonb ORDER BY id DESC`,
    [tenantId, filter.status, filter.model, JSON.stringify(filter.metadata ?? {}), filter.models],
  );
  return rows.map(({ id }) => id);
}

describe('lists of a tenant with thousands of tasks', () => {
  it.each(FILTERS)('find and count what a look at every task finds: %j', async (filter) => {
    const store = new PostgresTaskStore(opened.database);
    const expected = await matching(TENANT, filter);
    const ids = async (tenantId: string | null, paging: Parameters<typeof store.list>[2]) =>
      (await store.list(tenantId, filter, paging)).map(({ task }) => task.id);

    expect(await store.count(TENANT, filter, 10_000)).toBe(expected.length);
    expect(await store.count(TENANT, filter, 50)).toBe(Math.min(expected.length, 50));
    expect(await ids(TENANT, { skip: 0, size: 10 })).toEqual(expected.slice(0, 10));
    expect(await ids(TENANT, { skip: 1_500, size: 10 })).toEqual(expected.slice(1_500, 1_510));
    const middle = idOf(TASKS / 4);
    const older = expected.filter((id) => id < middle).slice(0, 10);
    expect(await ids(TENANT, { olderThan: middle, size: 10 })).toEqual(older);
    const newer = expected.filter((id) => id > middle).toReversed();
    expect(await ids(TENANT, { newerThan: middle, size: 10 })).toEqual(newer.slice(0, 10));
    const everybody = (await matching(null, filter)).slice(0, 10);
    expect(await ids(null, { olderThan: null, size: 10 })).toEqual(everybody);
  });

  it('forget the metadata of a task that is erased or dropped', async () => {
    const { database } = opened;
    const pairs = async () =>
      (
        await database.query<{ task_id: string }>(
          `SELECT DISTINCT task_id FROM task_metadata WHERE tenant_id = 'tn_other'`,
          [],
        )
      ).length;
    expect(await pairs()).toBe(TASKS / 10);

    await new PostgresTaskStore(database).erase('tn_other', idOf(10), NOON);
    expect(await pairs()).toBe(TASKS / 10 - 1);

    await database.query(`UPDATE tasks SET created_at = $1 WHERE tenant_id = 'tn_other'`, [NOON]);
    const dropped = await new PostgresRetentionStore(database).dropTasks(
      new Date(NOON.getTime() + 1),
      1_000,
    );
    expect({ dropped, left: await pairs() }).toEqual({ dropped: TASKS / 10, left: 0 });
  });
});
