const CHUNK = 2_000;

/**
 * Tasks that are about to end, each with a callback to one of these URLs in turn; a URL is always of the
 * same tenant. Copies of a real task, so that rows have a real size.
 * @param {import('pg').Pool} database
 * @param {{ like: string, run: number, tasks: number, urls: readonly string[], tenants?: number }} plan
 *   `run`: tells runs apart; `tenants`: how many, at most ten
 * @returns {Promise<readonly string[]>} their ids
 */
export async function seedEndingTasks(database, { like, run, tasks, urls, tenants = 10 }) {
  await database.query(TENANTS);
  const ids = Array.from({ length: tasks }, (_, index) => `tk-${idOf(run, index)}`);
  for (let from = 0; from < tasks; from += CHUNK) {
    await database.query(TASKS, [like, ids.slice(from, from + CHUNK), from, urls, tenants]);
  }
  await database.query('VACUUM ANALYZE tasks');
  return ids;
}

/** As long as a ULID. */
const idOf = (run, index) =>
  `BENCH${String(run).padStart(3, '0')}${String(index).padStart(18, '0')}`;

/**
 * Ends tasks, each with its delivery: what a worker does when a task succeeds, in one statement.
 * @param {import('pg').Pool} database
 * @param {readonly string[]} ids
 * @param {{ taskId: string, body: string, attempts?: number }} delivery of the task that these are copies
 *   of; `attempts`: so many have failed, and the next is due
 */
export async function endTasks(database, ids, { taskId, body, attempts = 0 }) {
  for (let from = 0; from < ids.length; from += CHUNK) {
    await database.query(END, [ids.slice(from, from + CHUNK), body, taskId, attempts]);
  }
}

const TENANTS = `
INSERT INTO tenants (id, name, source)
SELECT 'tn_bench' || lpad(number::text, 21, '0'), 'bench ' || number, 'admin' FROM generate_series(0, 9) AS number
ON CONFLICT DO NOTHING`;

/** `$1`: the task to copy, `$2`: ids, `$3`: number of the first, `$4`: URLs, `$5`: tenants. */
const TASKS = `
INSERT INTO tasks
SELECT copy.* FROM tasks like_this,
  unnest($2::text[]) WITH ORDINALITY AS n(id, place),
  LATERAL (SELECT ($3::int + n.place - 1)::int AS number) AS k,
  LATERAL (SELECT k.number % cardinality($4::text[]) AS receiver) AS r,
  LATERAL jsonb_populate_record(like_this, jsonb_build_object(
    'id', n.id, 'tenant_id', 'tn_bench' || lpad(((r.receiver + r.receiver / 100) % $5::int)::text, 21, '0'),
    'status', 'archiving', 'callback_url', ($4::text[])[1 + r.receiver], 'dispatch_at', null, 'account', null, 'completed_at', null,
    'created_at', now(), 'sort_at', now(), 'next_action_at', now() + interval '1 day',
    'deadline_at', now() + interval '1 day')) AS copy
WHERE like_this.id = $1`;

/** `$1`: tasks, `$2`: the body of another one's delivery, `$3`: its task, `$4`: attempts so far. */
const END = `
WITH moved AS (
  UPDATE tasks SET status = 'success', version = version + 1, completed_at = now(), next_action_at = NULL
  WHERE id = ANY($1::text[]) AND status = 'archiving' RETURNING id, tenant_id, version, callback_url
), event AS (
  INSERT INTO task_events (task_id, version, at, from_status, to_status, cause)
  SELECT id, version, now(), 'archiving', 'success', 'outputs stored' FROM moved
)
INSERT INTO deliveries (id, task_id, tenant_id, event, sequence, url, origin, body, state, attempts, auto_attempts, next_attempt_at, created_at)
SELECT 'msg_' || substr(id, 4), id, tenant_id, 'task.success', version, callback_url, substring(callback_url from '^[a-z]+://[^/]+'),
  replace($2::text, $3::text, id), 'pending', $4, $4, now(), now() FROM moved`;
