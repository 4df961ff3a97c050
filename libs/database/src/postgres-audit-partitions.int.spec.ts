import { randomUUID } from 'node:crypto';
import { makeAuditRow } from '@app/tenants/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditMonth } from './audit-month.js';
import { PostgresAuditPartitions } from './postgres-audit-partitions.js';
import { PostgresAuditStore } from './postgres-audit.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';

let opened: OpenTestDatabase;
let partitions: PostgresAuditPartitions;
let store: PostgresAuditStore;
beforeAll(async () => {
  opened = await openTestDatabase();
  partitions = new PostgresAuditPartitions(opened.database);
  store = new PostgresAuditStore(opened.database);
});
afterAll(async () => await opened.close());

const FAR = new Date('2031-03-10T12:00:00Z');
const MARCH = auditMonth(2031, 2);
const APRIL = auditMonth(2031, 3);

const find = async (requestId: string) => await store.list({ requestId, limit: 10 });

async function add(time: Date): Promise<string> {
  const requestId = randomUUID();
  await store.insert([makeAuditRow(requestId, { time })]);
  return requestId;
}

/** Which partition a request's row is in. */
async function tableOf(requestId: string): Promise<readonly string[]> {
  const rows = await opened.database.query<{ table: string }>(
    'SELECT tableoid::regclass::text AS table FROM audit_log WHERE request_id = $1',
    [requestId],
  );
  return rows.map(({ table }) => table);
}

describe('a month of the audit', () => {
  it('is there for now and the months about it from the start', async () => {
    const now = new Date();
    const requestId = await add(now);

    expect(await tableOf(requestId)).toEqual([
      auditMonth(now.getUTCFullYear(), now.getUTCMonth()).table,
    ]);
    const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 2));
    expect(await partitions.make(now, next)).toEqual([]);
  });

  it('takes what came before it was made', async () => {
    const requestId = await add(FAR);
    expect(await tableOf(requestId)).toEqual(['audit_log_default']);

    expect(await partitions.make(FAR, APRIL.from)).toEqual([MARCH.table, APRIL.table]);

    expect(await tableOf(requestId)).toEqual([MARCH.table]);
    expect(await tableOf(await add(APRIL.from))).toEqual([APRIL.table]);
    expect(await partitions.make(FAR, APRIL.from)).toEqual([]);
  });

  it('has the indexes of the others', async () => {
    const indexes = async (table: string): Promise<readonly string[]> => {
      const rows = await opened.database.query<{ columns: string }>(
        `SELECT substring(indexdef from '\\(.*') AS columns FROM pg_indexes WHERE tablename = $1 ORDER BY 1`,
        [table],
      );
      return rows.map(({ columns }) => columns);
    };

    expect(await indexes(MARCH.table)).toEqual(await indexes('audit_log'));
    expect(await indexes(MARCH.table)).toHaveLength(7);
  });

  it('is made by one of several workers that want it at once', async () => {
    const may = auditMonth(2031, 4).from;
    const workers = [1, 2, 3].map(async () => await partitions.make(may, may));

    await Promise.all(workers);

    expect(await tableOf(await add(may))).toEqual(['audit_log_2031_05']);
  });

  it('goes as a whole when all of it is too old, and not before', async () => {
    const early = await add(MARCH.from);
    const late = await add(APRIL.from);

    expect(await partitions.drop(new Date(MARCH.to.getTime() - 1))).not.toContain(MARCH.table);
    expect(await find(early)).toHaveLength(1);
    expect(await partitions.drop(MARCH.to)).toContain(MARCH.table);

    expect([await find(early), (await find(late)).length]).toEqual([[], 1]);
  });

  it('that a crash left detached goes as well', async () => {
    await opened.database.query(`ALTER TABLE audit_log DETACH PARTITION ${APRIL.table}`, []);

    expect(await partitions.drop(APRIL.to)).toEqual([APRIL.table]);

    expect(await partitions.make(APRIL.from, APRIL.from)).toEqual([APRIL.table]);
  });

  it('is not dropped while somebody reads: inserts do not wait behind it', async () => {
    await opened.database.transaction(async (reader) => {
      await reader.query('SELECT 1 FROM audit_log LIMIT 1');

      await expect(partitions.drop(APRIL.to)).rejects.toThrow('lock timeout');
      await add(APRIL.from);
    });

    expect(await partitions.drop(APRIL.to)).toEqual([APRIL.table]);
  });

  it('that nobody made is pruned by rows', async () => {
    const old = await add(new Date('2001-01-01T00:00:00Z'));
    const older = await add(new Date('2000-01-01T00:00:00Z'));
    const before = new Date('2001-06-01T00:00:00Z');

    expect(await partitions.pruneDefault(before, 1)).toBe(1);
    expect([(await find(older)).length, (await find(old)).length]).toEqual([0, 1]);
    expect(await partitions.pruneDefault(before, 10)).toBe(1);
    expect(await partitions.pruneDefault(before, 10)).toBe(0);
  });
});

/** What the version before runs, to the letter. */
const INSERT_OF_VERSION_BEFORE = `
INSERT INTO audit (time, request_id, tenant, key_prefix, method, path, status, latency_ms, bytes_in, bytes_out, stream, client_ip)
VALUES ($1, $2, 'tn_1', 'tg-abcde', 'GET', '/v1/models', 200, 1, 0, 0, false, '127.0.0.1')
ON CONFLICT (request_id) DO NOTHING`;

describe('while the version before writes beside this one', () => {
  const write = async (time: Date, requestId: string) =>
    await opened.database.query(INSERT_OF_VERSION_BEFORE, [time, requestId]);
  const LONG_AGO = new Date('2020-01-01T00:00:00Z');

  it('its rows are brought over, so many at a time', async () => {
    const time = new Date('2026-11-02T03:04:05.678Z');
    const ids = [randomUUID(), randomUUID(), randomUUID()];
    for (const id of ids) await write(time, id);
    expect(await partitions.firstOfVersionBefore()).toEqual(time);

    expect(await partitions.bringOver(LONG_AGO, 2)).toBe(2);
    expect(await partitions.bringOver(LONG_AGO, 2)).toBe(1);

    for (const id of ids) expect(await find(id)).toMatchObject([{ time, path: '/v1/models' }]);
    expect(await partitions.firstOfVersionBefore()).toBeNull();
  });

  it('a batch that it sends again adds no row', async () => {
    const [time, requestId] = [new Date(), randomUUID()];
    await write(time, requestId);
    await partitions.bringOver(LONG_AGO, 10);

    await write(time, requestId);
    await partitions.bringOver(LONG_AGO, 10);

    expect(await find(requestId)).toHaveLength(1);
  });

  it('what is too old is not kept', async () => {
    const requestId = randomUUID();
    await write(new Date('2020-01-01T00:00:00Z'), requestId);

    expect(await partitions.bringOver(new Date('2021-01-01T00:00:00Z'), 10)).toBe(1);

    expect(await find(requestId)).toEqual([]);
  });
});
