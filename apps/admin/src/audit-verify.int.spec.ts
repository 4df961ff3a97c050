import { AdminConfig } from '@app/config';
import { PostgresAdminActionStore } from '@app/database';
import type { AdminAction } from '@app/tenants';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase } from '../../../test/support/database.js';
import { AdminTools } from './admin-tools.js';
import { auditVerify } from './audit-verify.js';

let tools: AdminTools;
let drop: () => Promise<void>;
let store: PostgresAdminActionStore;
beforeAll(async () => {
  const clone = await createDatabase();
  drop = async () => await clone.drop();
  tools = new AdminTools(new AdminConfig({ DATABASE_URL: clone.url }), () => undefined);
  store = new PostgresAdminActionStore(tools.database);
});
beforeEach(
  async () =>
    await tamper(
      'TRUNCATE admin_actions',
      `UPDATE admin_actions_head SET seq = 0, hash = decode(repeat('00', 32), 'hex')`,
    ),
);
afterAll(async () => {
  await tools.close();
  await drop();
});

const action = (number: number): AdminAction => ({
  at: new Date(Date.UTC(2026, 10, 23, 6, 0, number, 7)),
  actor: 'alice',
  role: 'operator',
  method: 'POST',
  path: `/admin/tenants/tn_${number}/keys`,
  requestId: `req_${number}`,
  kind: 'intent',
  status: null,
  details: {
    fields: ['name', 'policy.weight'],
    admin: 'adm_1',
    route: '/admin/tenants/:tenantId/keys',
  },
});

const append = async (first: number, last: number): Promise<void> => {
  for (let number = first; number <= last; number += 1) await store.append(action(number));
};

const verify = async (head?: string) =>
  await auditVerify.run(tools, new Map(head === undefined ? [] : [['head', head]]));

/** As somebody would who may alter the database. */
async function tamper(...statements: readonly string[]): Promise<void> {
  await tools.database.transaction(async (client) => {
    await client.query('ALTER TABLE admin_actions DISABLE TRIGGER USER');
    for (const statement of statements) await client.query(statement);
    await client.query('ALTER TABLE admin_actions ENABLE TRIGGER USER');
  });
}

describe('taskgate admin audit verify', () => {
  it('finds a chain whole, also an empty one, and prints its head', async () => {
    expect(await verify()).toMatchObject({ ok: true, data: { rows: 0 } });
    await append(1, 5);

    const found = await verify();

    expect(found).toMatchObject({
      ok: true,
      data: { rows: 5, head: expect.stringMatching(/^5:[0-9a-f]{64}$/) },
    });
    await append(6, 7);
    expect(await verify(String(found.data['head']))).toMatchObject({ ok: true, data: { rows: 7 } });
  });

  it('finds it whole after many processes have appended at once', async () => {
    const others = Array.from({ length: 4 }, () => new PostgresAdminActionStore(tools.database));
    await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        await others[index % 4]?.append(action(index));
      }),
    );

    expect(await verify()).toMatchObject({ ok: true, data: { rows: 40 } });
  });

  it.each([
    ['a changed actor', `UPDATE admin_actions SET actor = 'bob' WHERE seq = 3`, 3],
    ['a changed time', `UPDATE admin_actions SET at = at + interval '1 ms' WHERE seq = 3`, 3],
    ['a changed status', 'UPDATE admin_actions SET status = 200 WHERE seq = 3', 3],
    ['changed details', `UPDATE admin_actions SET details = details - 'admin' WHERE seq = 3`, 3],
    [
      'a changed hash',
      `UPDATE admin_actions SET hash = decode(repeat('ab', 32), 'hex') WHERE seq = 3`,
      3,
    ],
    [
      'a changed link',
      `UPDATE admin_actions SET prev_hash = decode(repeat('ab', 32), 'hex') WHERE seq = 3`,
      3,
    ],
    ['a missing row', 'DELETE FROM admin_actions WHERE seq = 3', 3],
    ['a missing first row', 'DELETE FROM admin_actions WHERE seq = 1', 1],
    [
      'rows that were swapped',
      'UPDATE admin_actions SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq IN (2, 3); UPDATE admin_actions SET seq = -seq WHERE seq < 0',
      2,
    ],
    [
      'a row closed up after one was taken',
      'DELETE FROM admin_actions WHERE seq = 3; UPDATE admin_actions SET seq = seq - 1 WHERE seq > 3',
      3,
    ],
    ['rows cut off at the end', 'DELETE FROM admin_actions WHERE seq > 3', 4],
    ['every row cut off', 'DELETE FROM admin_actions', 1],
    [
      'a row added by hand',
      `INSERT INTO admin_actions SELECT 6, at, actor, role, method, path, 'req_x', kind, status, details, hash, hash FROM admin_actions WHERE seq = 5`,
      6,
    ],
  ])('names the first row that does not fit: %s', async (_, statement, seq) => {
    await append(1, 5);
    await tamper(statement);

    expect(await verify()).toMatchObject({ ok: false, data: { seq } });
  });

  it('finds what was cut off with its head, and a chain made anew, by a head noted elsewhere', async () => {
    await append(1, 5);
    const head = String((await verify()).data['head']);
    await tamper(
      'DELETE FROM admin_actions WHERE seq > 3',
      'UPDATE admin_actions_head SET seq = 3, hash = (SELECT hash FROM admin_actions WHERE seq = 3)',
    );
    expect(await verify()).toMatchObject({ ok: true });
    expect(await verify(head)).toMatchObject({ ok: false, data: { seq: 4 } });

    await append(14, 16);
    expect(await verify()).toMatchObject({ ok: true, data: { rows: 6 } });
    expect(await verify(head)).toMatchObject({ ok: false, data: { seq: 5 } });
  });

  it('refuses what is no head', async () => {
    await expect(verify('5')).rejects.toThrow('--head takes SEQ:HASH');
  });

  it('cannot be altered by mistake', async () => {
    await append(1, 1);
    const change = tools.database.query('UPDATE admin_actions SET status = 1', []);

    await expect(change).rejects.toThrow('append-only');
  });
});
