import { randomUUID } from 'node:crypto';
import { failed, type NewTask, type Task, taskError } from '@app/tasks';
import { createQueued, FAR_FUTURE, makeContext, makeTask } from '@app/tasks/testing';
import { makeTransfer } from '@app/tenants/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTasks } from './create-tasks.js';
import { Database } from './database.js';
import { PostgresLedgerStore } from './postgres-ledger.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { makeTenant, postgresHarness } from './testing/postgres-harness.js';
import { verifyLedger } from './verify-ledger.js';

let opened: OpenTestDatabase;
let other: Database;
beforeAll(async () => {
  opened = await openTestDatabase();
  other = new Database(opened.url, { maxConnections: 10 });
});
afterAll(async () => {
  await other.close();
  await opened.close();
});

const TENANTS = 12;
const ROUNDS = 25;
const ERROR = taskError('TASK_FAILED', 'No.');

const shuffled = <T>(all: readonly T[]): T[] =>
  all
    .map((one) => [Math.random(), one] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, one]) => one);

const held = (tenantId: string): Task =>
  makeTask({
    tenantId,
    keyId: `key_${tenantId}`,
    hold: { nanoUsd: 50, priceVersion: 'v1' },
  });

const bundle = (tenantId: string): NewTask => ({
  task: held(tenantId),
  idempotency: { key: randomUUID(), fingerprint: Buffer.alloc(32), expiresAt: FAR_FUTURE },
  maxQueued: 100_000,
});

describe('groups of creates, ends and requests of the same tenants, in any order', () => {
  it('never wait for each other in a circle, and add up', async () => {
    const { store } = postgresHarness(opened.database);
    const tenants = await Promise.all(
      Array.from({ length: TENANTS }, async () => await makeTenant(opened.database)),
    );
    const queued = await Promise.all(
      Array.from({ length: ROUNDS * 4 }, async (__, index) => {
        const tenantId = tenants[index % TENANTS] ?? '';
        return await createQueued(postgresHarness(opened.database), held(tenantId));
      }),
    );
    const creating = Array.from({ length: ROUNDS }, async (__, index) => {
      const database = index % 2 === 0 ? opened.database : other;
      return await createTasks(database, shuffled(tenants).map(bundle));
    });
    const ending = queued.map(async (task) => {
      return await store.apply(failed(task, ERROR, makeContext()));
    });
    const writing = Array.from({ length: ROUNDS }, async (__, index) => {
      const ledger = new PostgresLedgerStore(index % 2 === 0 ? other : opened.database);
      const calls = shuffled(tenants).map((tenantId) => {
        const about = { subject: `req_${randomUUID()}`, tenantId, keyId: `key_${tenantId}` };
        return [makeTransfer(about), makeTransfer({ ...about, kind: 'release' })];
      });
      await ledger.write(shuffled(calls.flat()));
    });

    const [made, ended] = await Promise.all([
      Promise.all(creating),
      Promise.all(ending),
      Promise.all(writing),
    ]);

    expect(made.flat()).toEqual(Array.from({ length: ROUNDS * TENANTS }, () => 'created'));
    expect(ended.every(Boolean)).toBe(true);
    expect((await verifyLedger(opened.database)).differences).toEqual([]);
    const balances = await new PostgresLedgerStore(opened.database).balances(tenants);
    expect(balances.reduce((sum, balance) => sum + balance.held, 0n)).toBe(
      BigInt(50 * ROUNDS * TENANTS),
    );
  }, 60_000);
});
