const CHUNK = 2_000;

/**
 * Tasks that are about to end, each with a callback to one of these URLs: copies of a real task, so that
 * rows have a real size.
 * @param {import('pg').Pool} database
 * @param {{ like: string, run: number, urls: readonly string[], receivers: readonly number[], tenants?: number }} plan
 *   `run`: tells runs apart; `receivers`: for each task the number of its URL; `tenants`: see `tenantOf`
 * @returns {Promise<readonly string[]>} their ids
 */
export async function seedEndingTasks(database, { like, run, urls, receivers, tenants = 10 }) {
  const ids = receivers.map((_receiver, index) => `tk-${idOf(run, index)}`);
  for (let from = 0; from < ids.length; from += CHUNK) {
    const to = from + CHUNK;
    const values = [like, ids.slice(from, to), receivers.slice(from, to), urls, tenants];
    await database.query(TASKS, values);
  }
  await database.query('VACUUM ANALYZE tasks');
  return ids;
}

/**
 * Which tenant, by the order of names, the callbacks to the receiver of this number are: of those that are
 * not well each has some.
 * @param {number} receiver
 * @param {number} tenants
 */
export const tenantOf = (receiver, tenants) => (receiver + Math.floor(receiver / 100)) % tenants;

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

/** `$1`: the task to copy, `$2`: ids, `$3`: numbers of their URLs, `$4`: URLs, `$5`: tenants. */
const TASKS = `
INSERT INTO tasks
SELECT copy.* FROM tasks like_this, unnest($2::text[], $3::int[]) AS n(id, receiver),
  LATERAL jsonb_populate_record(like_this, jsonb_build_object(
    'id', n.id, 'tenant_id', (SELECT (array_agg(id ORDER BY name))[1 + (n.receiver + n.receiver / 100) % $5::int] FROM tenants),
    'status', 'archiving', 'callback_url', ($4::text[])[1 + n.receiver], 'dispatch_at', null, 'account', null,
    'completed_at', null, 'created_at', now(), 'sort_at', now(), 'next_action_at', now() + interval '1 day',
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
