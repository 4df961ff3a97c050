import { Database, PostgresLedgerStore } from '@app/database';
import { makeTransfer } from '@app/tenants/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/database.js';
import { createRedis, type TestRedis } from '../../../test/support/redis.js';
import type { AdminTools } from './admin-tools.js';
import { ledgerRebuild, ledgerVerify } from './ledger.js';

let clone: TestDatabase;
let redis: TestRedis;
let database: Database;
let tools: AdminTools;
beforeAll(async () => {
  [clone, redis] = await Promise.all([createDatabase(), createRedis()]);
  database = new Database(clone.url, { maxConnections: 2 });
  // What the commands ask of it.
  tools = { database, redisUrl: redis.url } as AdminTools;
});
afterAll(async () => {
  await database?.close();
  await Promise.all([clone?.drop(), redis?.drop()]);
});

const NOTHING = new Map<string, string>();

describe('the commands of the ledger', () => {
  it('prove it, name what is wrong, and make it right from the rows', async () => {
    await new PostgresLedgerStore(database).write([
      makeTransfer({ subject: 'req_1', kind: 'charge', amountNanoUsd: 7 }),
    ]);
    const before = await ledgerVerify.run(tools, NOTHING);
    await database.query('UPDATE balances SET spent = 8', []);
    const wrong = await ledgerVerify.run(tools, NOTHING);

    const rebuilt = await ledgerRebuild.run(tools, NOTHING);
    const after = await ledgerVerify.run(tools, NOTHING);

    expect(before).toMatchObject({ ok: true });
    expect(before.lines.at(-1)).toBe('The money adds up.');
    expect(wrong.ok).toBe(false);
    expect(wrong.lines.join('\n')).toMatch(/2 DIFFERENCES balances.*\(2 looked at\)/);
    expect(wrong.lines.join('\n')).toMatch(/^tn_1: expected .* 7 0; found .* 8 0 /m);
    expect(JSON.parse(JSON.stringify(wrong.data))).toMatchObject({
      differences: [{ subject: 'key_1' }, { subject: 'tn_1' }],
    });
    expect(rebuilt).toMatchObject({ ok: true, data: { balances: 2, holds: 0, hours: 1 } });
    expect(after.ok).toBe(true);
  });
});
