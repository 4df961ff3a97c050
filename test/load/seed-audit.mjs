/**
 * Audit rows of 90 days as a busy gateway has them, in the order of their time: one tenant with three
 * fifths of all, 200 others with two keys each; 3 % are 429, 1 in 1 000 is a 500, and some twenty old
 * ones are 503; 200 rows, old as well, are of a model that nobody asks for any more.
 * @param {import('pg').Pool} database
 * @param {{ rows: number }} wanted
 */
export async function seedAudit(database, { rows }) {
  const client = await database.connect();
  try {
    await client.query("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'");
    // Built afterwards, by sorting: ten times as quick.
    const { rows: indexes } = await client.query(INDEXES);
    for (const { name } of indexes) await client.query(`DROP INDEX ${name}`);
    for (let from = 1; from <= rows; from += CHUNK) {
      await client.query(ROWS, [rows, from, Math.min(from + CHUNK - 1, rows)]);
    }
    for (const { definition } of indexes) await client.query(definition);
    await client.query('VACUUM ANALYZE audit_log');
    await client.query('CHECKPOINT');
  } finally {
    client.release();
  }
}

const CHUNK = 100_000;

/** Those that uphold nothing. */
const INDEXES = `
SELECT indexrelid::regclass::text AS name, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') AS definition
FROM pg_index WHERE indrelid = 'audit_log'::regclass AND NOT indisprimary`;

/** `$1`: how many there will be, `$2` to `$3`: these of them, the oldest is 1. */
const ROWS = `
INSERT INTO audit_log (time, request_id, tenant, key_prefix, method, path, model, upstream, status, error_code, latency_ms,
  ttfb_ms, tokens_in, tokens_out, tokens_cached, cost_usd, bytes_in, bytes_out, stream, client_ip)
SELECT date_trunc('milliseconds', now() - ($1::int - n) * (interval '90 days' / $1::int)), 'req_' || lpad(n::text, 26, '0'), t.tenant,
  't' || substr(md5(t.tenant || n % 2), 1, 7), 'POST', '/v1/chat/completions', m.model, 'openai', s.status,
  CASE s.status WHEN 429 THEN 'RATE_LIMIT_EXCEEDED' WHEN 500 THEN 'INTERNAL' WHEN 503 THEN 'SERVICE_UNAVAILABLE' END, 900 + n % 700, 300 + n % 90,
  200 + n % 1000, 100 + n % 500, n % 100, 0.000123456, 900 + n % 4000, 2000 + n % 9000, n % 2 = 0, '10.0.' || n % 200 || '.' || n % 250
FROM generate_series($2::int, $3::int) AS n,
  LATERAL (SELECT 'tn_' || lpad(CASE WHEN n % 5 < 3 THEN 'big' ELSE (n / 5 % 200)::text END, 26, '0') AS tenant) AS t,
  LATERAL (SELECT CASE WHEN n < $1::int / 3 AND n % ($1::int / 60) = 7 THEN 503 WHEN n % 1000 = 77 THEN 500 WHEN n % 100 < 3 THEN 429
    WHEN n % 100 < 5 THEN 400 ELSE 200 END AS status) AS s,
  LATERAL (SELECT CASE WHEN n <= 200 THEN 'gpt-4.1-nano' WHEN n % 10 < 6 THEN 'gpt-5-mini' WHEN n % 10 < 9 THEN 'gpt-5' END AS model) AS m`;
