import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditQuery } from './audit-query.js';
import { PostgresAuditStore } from './postgres-audit.store.js';
import { openTestDatabase, type OpenTestDatabase } from './testing/open-test-database.js';
import { rowsReadBy } from './testing/rows-read.js';
import { plansOf } from './testing/statement-plans.js';

const ROWS = 20_000;
const LIMIT = 50;

/** Over this month and the one before; half of a tenant of its own, 1 in 1 000 a 500, ten old ones a 503. */
const SEED = `
INSERT INTO audit_log (time, request_id, tenant, key_prefix, method, path, model, status, latency_ms, bytes_in, bytes_out, stream, client_ip)
SELECT now() - ($1::int - n) * (interval '30 days' / $1::int), 'req_' || lpad(n::text, 26, '0'),
  'tn_' || CASE WHEN n % 2 = 0 THEN 'big' ELSE (n / 2 % 100)::text END, 'tg-' || n % 300, 'GET', '/v1/models',
  CASE WHEN n <= 20 THEN 'old' ELSE 'gpt-' || n % 3 END,
  CASE WHEN n <= 10 THEN 503 WHEN n % 1000 = 999 THEN 500 WHEN n % 50 = 0 THEN 429 ELSE 200 END, 1, 0, 0, false, ''
FROM generate_series(1, $1::int) AS n`;

let opened: OpenTestDatabase;
let middle: Date;
beforeAll(async () => {
  opened = await openTestDatabase();
  await opened.database.query(SEED, [ROWS]);
  await opened.database.query('ANALYZE audit_log', []);
  const id = `req_${String(ROWS / 2).padStart(26, '0')}`;
  const [row] = await new PostgresAuditStore(opened.database).list({ requestId: id, limit: 1 });
  middle = row?.time ?? new Date(0);
});
afterAll(async () => await opened.close());

const FIRST_PAGES: readonly (readonly [string, () => Partial<AuditQuery>])[] = [
  ['no filter', () => ({})],
  ['a tenant', () => ({ tenant: 'tn_big' })],
  ['a small tenant', () => ({ tenant: 'tn_7' })],
  ['no tenant', () => ({ tenant: 'tn_none' })],
  ['a tenant and a status', () => ({ tenant: 'tn_big', status: { from: 429, to: 429 } })],
  ['a tenant and a model', () => ({ tenant: 'tn_7', model: 'old' })],
  ['a tenant and a class', () => ({ tenant: 'tn_big', status: { from: 500, to: 599 } })],
  ['a model', () => ({ model: 'gpt-1' })],
  ['an old model', () => ({ model: 'old' })],
  ['a rare status', () => ({ status: { from: 503, to: 503 } })],
  ['a class of statuses', () => ({ status: { from: 400, to: 499 } })],
  ['a key', () => ({ keyPrefix: 'tg-9' })],
  ['a request', () => ({ requestId: `req_${String(77).padStart(26, '0')}` })],
  ['a range of time', () => ({ from: middle, to: new Date(+middle + 86_400_000) })],
  ['half way', () => ({ after: { time: middle, requestId: 'req_5' } })],
  ['a tenant half way', () => ({ tenant: 'tn_big', after: { time: middle, requestId: 'req_5' } })],
];

describe('a page of the audit', () => {
  it.each(FIRST_PAGES)('by %s reads no partition from end to end', async (_, query) => {
    const store = new PostgresAuditStore(opened.database);

    const plans = await plansOf(
      opened.url,
      async () => await store.list({ ...query(), limit: LIMIT }),
    );

    expect(plans).not.toEqual([]);
    // Nothing is in the others, so reading them costs nothing.
    const filled = [...Array(2).keys()].map((back) => {
      const now = new Date();
      const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - back));
      return `audit_log_${month.toISOString().slice(0, 7).replace('-', '_')}`;
    });
    const scan = new RegExp(`Seq Scan on (${filled.join('|')})`);
    expect(plans.filter(({ plan }) => scan.test(plan))).toEqual([]);
  });

  it.each(FIRST_PAGES)('by %s reads about as much as it shows', async (_, query) => {
    const read = await rowsReadBy(
      opened.url,
      async (database) => await new PostgresAuditStore(database).list({ ...query(), limit: LIMIT }),
      'audit_log%',
    );

    // Each partition and each status may give a page; of most pages one has all.
    expect(read).toBeLessThan(LIMIT * 10);
  });
});

describe('one row of a tenant', () => {
  it('is found without reading others', async () => {
    const read = await rowsReadBy(
      opened.url,
      async (database) =>
        await new PostgresAuditStore(database).find(
          'tn_big',
          `req_${String(78).padStart(26, '0')}`,
        ),
      'audit_log%',
    );

    expect(read).toBeLessThan(10);
  });
});
