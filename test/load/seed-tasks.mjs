/**
 * Tasks of 30 days as a busy gateway has them: one tenant with three fifths of all, 200 others; the
 * newest unfinished, 6 % failed; two or three pairs of metadata each. Copies of one real task, so
 * that inputs and requests have a real size.
 * @param {import('pg').Pool} database
 * @param {{ like: string, tasks: number }} wanted the task to copy, its tenant becomes the big one
 */
export async function seedTasks(database, { like, tasks }) {
  await database.query(ULID_TIME);
  await database.query(OTHER_TENANTS);
  for (let from = 1; from <= tasks; from += CHUNK) {
    const to = Math.min(from + CHUNK - 1, tasks);
    await database.query(TASKS, [like, tasks, from, to]);
  }
  await database.query(OUTPUTS, [like]);
  await database.query('DROP FUNCTION ulid_time');
  for (const table of ['tasks', 'task_metadata', 'outputs']) {
    await database.query(`VACUUM ANALYZE ${table}`);
  }
}

const CHUNK = 100_000;

/** The first ten characters of a ULID. */
const ULID_TIME = `
CREATE OR REPLACE FUNCTION ulid_time(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', ((millis >> (5 * place)) & 31)::int + 1, 1), '' ORDER BY place DESC)
  FROM (SELECT floor(extract(epoch FROM at) * 1000)::bigint AS millis) AS time, generate_series(0, 9) AS place $$`;

const OTHER_TENANTS = `
INSERT INTO tenants (id, name, source)
SELECT 'tn_seed' || lpad(number::text, 22, '0'), 'seeded ' || number, 'admin' FROM generate_series(0, 199) AS number
ON CONFLICT DO NOTHING`;

/**
 * `$1`: the task to copy, `$2`: how many there will be, `$3` to `$4`: these of them, the oldest is 1.
 * Of the big tenant: `channel=web` five sixths, `campaign=spring` the oldest twelfth and no other,
 * `vip=yes` three, `order` one each.
 */
const TASKS = `
INSERT INTO tasks
SELECT copy.* FROM tasks like_this,
  (SELECT number, number % 5 < 3 AS big, $2::int - number AS age,
     now() - ($2::int - number) * (interval '30 days' / $2::int) AS at FROM generate_series($3::int, $4::int) AS number) AS n,
  LATERAL (SELECT CASE
      WHEN n.age < $2::int / 400 THEN 'queued' WHEN n.age < $2::int / 220 THEN 'handling' WHEN n.age < $2::int / 200 THEN 'archiving'
      WHEN n.number % 17 = 0 THEN 'fail' ELSE 'success' END AS status) AS s,
  LATERAL (SELECT jsonb_strip_nulls(jsonb_build_object('order', n.number::text,
      'channel', CASE WHEN n.number % 6 = 0 THEN 'app' ELSE 'web' END,
      'campaign', CASE WHEN n.big AND n.number <= $2::int / 12 THEN 'spring' END,
      'vip', CASE WHEN n.number IN ($2::int / 10, $2::int / 2, $2::int * 9 / 10) THEN 'yes' END)) AS metadata) AS m,
  LATERAL jsonb_populate_record(like_this, jsonb_build_object(
      'id', 'tk-' || ulid_time(n.at) || lpad(n.number::text, 16, '0'),
      'tenant_id', CASE WHEN n.big THEN like_this.tenant_id ELSE 'tn_seed' || lpad((n.number / 5 % 200)::text, 22, '0') END,
      'model', CASE WHEN n.number % 100 < 70 THEN 'flux-2-pro' WHEN n.number % 100 < 90 THEN 'gpt-image-2'
        WHEN n.number <= $2::int / 50 THEN 'veo-3-1' ELSE 'veo-3-1-fast' END,
      'status', s.status, 'metadata', m.metadata, 'dispatch_at', null, 'account', null,
      'next_action_at', CASE WHEN s.status IN ('success', 'fail') THEN null ELSE n.at + interval '1 day' END,
      'created_at', n.at, 'sort_at', n.at, 'deadline_at', n.at + interval '1 day',
      'completed_at', CASE WHEN s.status IN ('success', 'fail') THEN n.at + interval '20 seconds' END)) AS copy
WHERE like_this.id = $1`;

/** Of the big tenant's tasks: nobody lists the others. `$1`: the task that was copied. */
const OUTPUTS = `
INSERT INTO outputs (id, task_id, index, type, mime, bytes, sha256, key, expire_at)
SELECT 'out-' || substr(id, 4), id, 0, 'image', 'image/png', 100000, repeat('ab', 32), 'outputs/' || id || '/0', created_at + interval '60 days'
FROM tasks WHERE tenant_id = (SELECT tenant_id FROM tasks WHERE id = $1) AND status = 'success'`;
