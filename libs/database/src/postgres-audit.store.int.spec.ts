import { randomUUID } from 'node:crypto';
import type { AuditRow } from '@app/tenants';
import { describeAuditStore, makeAuditRow } from '@app/tenants/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditFilter, AuditPosition } from './audit-query.js';
import { PostgresAuditStore } from './postgres-audit.store.js';
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
  find: async (requestId) => await store.list({ requestId, limit: 10 }),
}));

const at = (minute: number) => new Date(Date.UTC(2026, 9, 31, 23, minute));
const idsOf = (rows: readonly AuditRow[]): string[] => rows.map(({ requestId }) => requestId);
const listed = async (filter: AuditFilter) => idsOf(await store.list({ limit: 100, ...filter }));

/** Rows of a tenant of their own, one a minute from 23:00 on, over the end of a month. */
async function seed(rows: readonly Partial<AuditRow>[]) {
  const tenant = randomUUID();
  const made = rows.map((row, index) =>
    makeAuditRow(`${index}-${tenant}`, { tenant, time: at(index * 30), ...row }),
  );
  await store.insert(made);
  return { tenant, ids: idsOf(made) };
}

describe('PostgresAuditStore.list', () => {
  it('pages from the newest to the oldest, also where several came in one millisecond', async () => {
    const same = { time: at(3) };
    const { tenant, ids } = await seed([{}, same, same, same, {}]);

    const pages: string[][] = [];
    let after: AuditPosition | undefined;
    do {
      const rows = await store.list({ tenant, limit: 2, ...(after && { after }) });
      pages.push(idsOf(rows));
      after = rows.at(-1);
    } while (after);

    expect(pages.map((page) => page.length)).toEqual([2, 2, 1, 0]);
    const [first = '', a = '', b = '', c = '', last = ''] = ids;
    expect(pages.flat()).toEqual([last, c, b, a, first]);
  });

  it('finds rows by tenant, status, model, key, request and time', async () => {
    const { tenant, ids } = await seed([
      { status: 200, model: 'gpt-5', keyPrefix: 'tg-early' },
      { status: 429, model: null, keyPrefix: 'tg-later' },
    ]);
    const [early = '', late = ''] = ids;

    expect(await listed({ tenant })).toEqual([late, early]);
    expect(await listed({ tenant, status: { from: 429, to: 429 } })).toEqual([late]);
    expect(await listed({ tenant, model: 'gpt-5' })).toEqual([early]);
    expect(await listed({ tenant, keyPrefix: 'tg-later' })).toEqual([late]);
    expect(await listed({ requestId: early })).toEqual([early]);
    expect(await listed({ tenant, from: at(30) })).toEqual([late]);
    expect(await listed({ tenant, to: at(30) })).toEqual([early]);
    expect(await listed({ tenant: randomUUID() })).toEqual([]);
  });

  it('finds a class of statuses in the order of time, page by page', async () => {
    const statuses = [500, 200, 503, 404, 502, 599, 500];
    const { tenant, ids } = await seed(statuses.map((status) => ({ status })));
    const failed = [6, 5, 4, 2, 0].map((index) => ids[index]);
    const status = { from: 500, to: 599 };

    expect(await listed({ tenant, status })).toEqual(failed);
    const first = await store.list({ tenant, status, limit: 3 });
    const last = first.at(-1);
    const next = await store.list({ tenant, status, limit: 3, ...(last && { after: last }) });
    expect(idsOf([...first, ...next])).toEqual(failed);
  });
});

describe('an explanation', () => {
  it('is found in whatever month its row is, and is in no list', async () => {
    const months = [at(0), at(60), new Date('2020-01-01T00:00:00Z'), new Date()];
    const explained = months.map((time, index) => ({
      ...makeAuditRow(`${index}-${randomUUID()}`, { tenant: 'tn_explained', time }),
      explanation: { route: `route ${index}` },
    }));
    await store.insert(explained);

    for (const row of explained) {
      expect(await store.find('tn_explained', row.requestId)).toEqual(row);
    }
    for (const row of await store.list({ tenant: 'tn_explained', limit: 10 })) {
      expect(row).not.toHaveProperty('explanation');
    }
  });
});

describe('PostgresAuditStore.all', () => {
  it('gives each row once, and none that came while it is read', async () => {
    const { tenant, ids } = await seed([{}, {}, {}, {}, {}]);

    const seen: string[] = [];
    for await (const rows of store.all({ tenant }, 2)) {
      seen.push(...idsOf(rows));
      await store.insert([makeAuditRow(randomUUID(), { tenant, time: new Date() })]);
    }

    expect(seen).toEqual(ids.toReversed());
  });

  it('gives nothing where nothing matches', async () => {
    const pages = [];
    for await (const rows of store.all({ tenant: randomUUID() })) pages.push(rows);

    expect(pages).toEqual([]);
  });
});
