import { get } from 'node:http';
import { memoryMiB, percentile, startBenchStack } from './bench-stack.mjs';
import { openLoadClient } from './load-client.mjs';
import { seedAudit } from './seed-audit.mjs';

const CALLS = 40;
const WARM_UP = 3;
const ADMIN_TOKEN = 'admin-token-of-the-bench';

/**
 * `GET /admin/audit` among very many rows, one call after the other, pages of 100; then one export.
 * @param {{ rows: number }} size
 */
export async function measureAudit({ rows }) {
  const stack = await startBenchStack();
  try {
    const startedAt = performance.now();
    await seedAudit(stack.database, { rows });
    const seedSeconds = (performance.now() - startedAt) / 1000;
    const client = openLoadClient(stack.url, { key: ADMIN_TOKEN, connections: 1 });
    const asked = [];
    for (const [question, query] of Object.entries(await questionsOf(stack.database, rows))) {
      asked.push(await ask(client, question, `/admin/audit?${query}`));
    }
    client.close();
    const { rows: size } = await stack.database.query(
      `SELECT sum(pg_table_size(inhrelid))::float8 AS heap, sum(pg_indexes_size(inhrelid))::float8 AS indexes
       FROM pg_inherits WHERE inhparent = 'audit_log'::regclass`,
    );
    return {
      rows,
      seedSeconds,
      heapMiB: size[0].heap / 2 ** 20,
      indexMiB: size[0].indexes / 2 ** 20,
      asked,
      exported: await exported(stack, rows),
    };
  } finally {
    await stack.stop();
  }
}

const cursor = (/** @type {{ time: Date, request_id: string }} */ row) =>
  Buffer.from(`${row.time.getTime()}.${row.request_id}`).toString('base64url'); // the API's own

/**
 * @param {import('pg').Pool} database
 * @param {number} rows
 * @returns {Promise<Record<string, string>>} a query string for each
 */
async function questionsOf(database, rows) {
  const at = async (/** @type {number} */ number) => {
    const id = `req_${String(number).padStart(26, '0')}`;
    const { rows: found } = await database.query(
      'SELECT time, request_id, key_prefix FROM audit_log WHERE request_id = $1',
      [id],
    );
    return found[0];
  };
  const middle = await at(Math.ceil(rows / 2));
  const early = await at(Math.ceil(rows / 100));
  const big = `tn_${'big'.padStart(26, '0')}`;
  const small = `tn_${'77'.padStart(26, '0')}`;
  const day = `from=${middle.time.toISOString()}&to=${new Date(middle.time.getTime() + 86_400_000).toISOString()}`;
  return {
    'no filter': '',
    'tenant, 60 %': `tenant=${big}`,
    'tenant, 1 in 500': `tenant=${small}`,
    'tenant and status 429': `tenant=${big}&status=429`,
    'tenant and 5xx': `tenant=${small}&status=5xx`,
    'model, 60 %': 'model=gpt-5-mini',
    'model, 200 old rows': 'model=gpt-4.1-nano',
    'model that is none': 'model=no-such-model',
    'tenant and model': `tenant=${small}&model=gpt-5`,
    'status, 20 old rows': 'status=503',
    'status, 1 in 1 000': 'status=500',
    'status 200': 'status=200',
    '5xx': 'status=5xx',
    '4xx and model': 'status=4xx&model=gpt-5',
    'key, 1 in 1 000': `keyPrefix=${early.key_prefix}`,
    request: `requestId=${middle.request_id}`,
    'one day, half way': day,
    'one day and tenant': `${day}&tenant=${small}`,
    'page half way': `cursor=${cursor(middle)}`,
    'page at 99 %': `cursor=${cursor(early)}`,
    'page at 99 %, tenant': `cursor=${cursor(early)}&tenant=${big}`,
    'page at 99 %, 5xx': `cursor=${cursor(early)}&status=5xx`,
  };
}

/**
 * @param {ReturnType<typeof openLoadClient>} client
 * @param {string} question
 * @param {string} path
 */
async function ask(client, question, path) {
  const first = await client.call(path);
  const times = [];
  let { status, body } = first;
  for (let index = 0; index < WARM_UP + CALLS; index += 1) {
    const answer = await client.call(path);
    ({ status, body } = answer);
    if (index >= WARM_UP) times.push(answer.ms);
  }
  return {
    question,
    status,
    found: body.data?.rows.length ?? 0,
    firstMs: first.ms,
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    maxMs: Math.max(...times),
  };
}

/** The big tenant's rows of the newest tenth as CSV, read as fast as they come. */
async function exported(stack, rows) {
  const from = new Date(Date.now() - 9 * 86_400_000).toISOString();
  const before = await memoryMiB(stack.api.pid);
  const startedAt = performance.now();
  let bytes = 0;
  let lines = 0;
  await new Promise((resolve, reject) => {
    const path = `${stack.url}/admin/audit/export?format=csv&from=${from}&tenant=tn_${'big'.padStart(26, '0')}`;
    get(path, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }, (response) => {
      response.on('data', (chunk) => {
        bytes += chunk.length;
        for (const byte of chunk) if (byte === 10) lines += 1;
      });
      response.once('end', resolve);
      response.once('error', reject);
    }).once('error', reject);
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const after = await memoryMiB(stack.api.pid);
  return {
    rows: lines - 1,
    expected: Math.round((rows / 10) * 0.6),
    mebibytes: bytes / 2 ** 20,
    rowsPerSecond: (lines - 1) / seconds,
    memoryBeforeMiB: before.now,
    memoryMostMiB: after.most,
  };
}
