import { randomUUID } from 'node:crypto';
import { createWithParts, FAR_FUTURE, makeTask, NOON } from '@app/tasks/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { postgresHarness } from './testing/postgres-harness.js';

let opened: OpenTestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(async () => await opened.close());

describe('PostgresDueWork', () => {
  it('finds what a process that knows nothing of parts has moved or ended', async () => {
    const harness = postgresHarness(opened.database);
    const { task, parts } = await createWithParts(harness);
    const others = await createWithParts(harness);
    const move = `UPDATE tasks SET status = $2, version = version + 1 WHERE id = $1`;

    await opened.database.query(move, [parts[1]?.id, 'handling']);
    await opened.database.query(move, [others.task.id, 'fail']);

    const rings = await harness.work.overdue(FAR_FUTURE, 100_000);
    const gathers = rings.filter(({ step }) => step === 'gather');
    expect(gathers.map(({ subject, ring }) => [subject, ring])).toEqual(
      expect.arrayContaining([
        [task.id, 'again-p1-handling'],
        [others.task.id, 'again-p-1-fail'],
      ]),
    );
  });

  it('never forgets an expired key that a request is taking again', async () => {
    const { store, work, makeTenant } = postgresHarness(opened.database);
    const tenantId = await makeTenant();
    const key = randomUUID();
    const idempotency = { key, fingerprint: Buffer.alloc(32), expiresAt: NOON };
    await store.create({ task: makeTask({ tenantId }), idempotency, maxQueued: null });

    // A request holds the row while it takes the key; the retention comes, and then the request commits.
    const forgetting = await opened.database.transaction(async (client) => {
      await client.query('UPDATE idempotency_keys SET expires_at = $1 WHERE key = $2', [
        FAR_FUTURE,
        key,
      ]);
      const running = work.forgetIdempotencyKeys(new Date(), 100);
      const seen = { isOver: false };
      void running.finally(() => (seen.isOver = true));
      await expect.poll(async () => seen.isOver || (await isSomebodyWaiting())).toBe(true);
      return { running };
    });

    await forgetting.running;
    expect(await store.findIdempotencyKey(tenantId, key)).not.toBeNull();
  });
});

/** Whether a statement waits for a row that another one holds. */
async function isSomebodyWaiting(): Promise<boolean> {
  const [row] = await opened.database.query<{ waits: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock') AS waits`,
    [],
  );
  return row?.waits === true;
}
