import { randomUUID } from 'node:crypto';
import { describeAuditStore, makeAuditRow } from '@app/tenants/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuditQuery, PostgresAuditStore } from './postgres-audit.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
let store: PostgresAuditStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  store = new PostgresAuditStore(opened.database);
});
afterAll(async () => await opened.close());

describeAuditStore('PostgresAuditStore', async () => ({
  store,
  find: async (requestId) => (await store.list({ requestId, limit: 10 })).rows,
}));

const at = (hour: number) => new Date(Date.UTC(2026, 5, 1, hour));

const idsOf = async (query: Partial<AuditQuery>) => {
  const { rows } = await store.list({ limit: 100, ...query });
  return rows.map(({ requestId }) => requestId);
};

describe('PostgresAuditStore.list', () => {
  it('pages from the newest to the oldest', async () => {
    const tenant = randomUUID();
    const ids = ['a', 'b', 'c'].map((name) => `${name}-${tenant}`);
    await store.insert(ids.map((id) => makeAuditRow(id, { tenant })));

    const first = await store.list({ tenant, limit: 2 });
    const cursor = BigInt(first.nextCursor ?? -1);
    const second = await store.list({ tenant, limit: 2, cursor });

    const shown = [first, second].map(({ rows }) => rows.map(({ requestId }) => requestId));
    expect(shown).toEqual([[ids[2], ids[1]], [ids[0]]]);
    expect(second.nextCursor).toBeNull();
  });

  it('finds rows by tenant, status, model and time', async () => {
    const tenant = randomUUID();
    const ids = ['early', 'late'].map((name) => `${name}-${tenant}`);
    const [early = '', late = ''] = ids;
    await store.insert([
      makeAuditRow(early, { tenant, status: 200, model: 'gpt-5', time: at(1) }),
      makeAuditRow(late, { tenant, status: 429, model: null, time: at(2) }),
    ]);

    expect(await idsOf({ tenant })).toEqual([late, early]);
    expect(await idsOf({ tenant, status: 429 })).toEqual([late]);
    expect(await idsOf({ tenant, model: 'gpt-5' })).toEqual([early]);
    expect(await idsOf({ tenant, from: at(2) })).toEqual([late]);
    expect(await idsOf({ tenant, to: at(2) })).toEqual([early]);
    expect(await idsOf({ tenant: randomUUID() })).toEqual([]);
  });
});
