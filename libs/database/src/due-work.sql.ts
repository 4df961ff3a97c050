/*
 * The ring's id is the same for as long as the row is overdue: the queue ignores an id that it still
 * holds, so a backlog is not rung over and over. What waits for the dispatcher is nobody's ring.
 */

/** Of a task that is overdue. */
const TASK_STEP = `CASE status WHEN 'archiving' THEN 'archive' ELSE 'submit' END AS step`;
const TASK_RING = `
  CASE WHEN status <> 'archiving' AND account IS NOT NULL THEN 'again-v' ELSE 'again-' END || version AS ring`;
const TASK_URGENCY = `
  CASE status WHEN 'archiving' THEN (
    SELECT floor(extract(epoch FROM min(o.source_expires_at)) / 60)::int FROM outputs o WHERE o.task_id = tasks.id
  ) END AS urgency`;

const LEASES = `
(SELECT 'submit', task_id, 'lease-' || number, lease_until, NULL::int
 FROM attempts WHERE state = 'submitting' AND lease_until < $1 ORDER BY lease_until LIMIT $2)`;

/** Parts that changed, and tasks of several calls that ended, which nobody has gathered. */
const GATHER = `'gather' AS step, coalesce(parent_id, id) AS subject, 'again-p' || coalesce(part, -1) || '-' || status AS ring`;

/** `$1`: before, `$2`: rows of each kind. */
export const OVERDUE = `
(SELECT ${TASK_STEP}, id AS subject, ${TASK_RING}, next_action_at AS due_at, ${TASK_URGENCY}
 FROM tasks WHERE next_action_at < $1 AND dispatch_at IS NULL ORDER BY next_action_at LIMIT $2)
UNION ALL ${LEASES}
UNION ALL
(SELECT ${GATHER}, gather_at, NULL::int FROM tasks WHERE gather_at < $1 ORDER BY gather_at LIMIT $2)
UNION ALL
(SELECT 'check', id, 'again-' || checks, next_check_at, NULL::int
 FROM attempts WHERE state IN ('submitted', 'seeking') AND next_check_at < $1 ORDER BY next_check_at LIMIT $2)`;

/**
 * `$3`: seconds of the lease. A lapsed lease of an attempt stays as it is: whoever takes it over does so
 * by a compare-and-set of its own (`takeLease`).
 */
export const TAKE_OVERDUE = `
WITH due_task AS (
  SELECT id, next_action_at FROM tasks WHERE next_action_at < $1 AND dispatch_at IS NULL
  ORDER BY next_action_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
), taken_task AS (
  UPDATE tasks SET next_action_at = now() + make_interval(secs => $3) WHERE id = ANY(ARRAY(SELECT id FROM due_task))
  RETURNING id, ${TASK_STEP}, ${TASK_RING}, ${TASK_URGENCY}
), due_gather AS (
  SELECT id, gather_at FROM tasks WHERE gather_at < $1 ORDER BY gather_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
), taken_gather AS (
  UPDATE tasks SET gather_at = now() + make_interval(secs => $3) WHERE id = ANY(ARRAY(SELECT id FROM due_gather))
  RETURNING id, ${GATHER}
), due_check AS (
  SELECT id, next_check_at FROM attempts WHERE state IN ('submitted', 'seeking') AND next_check_at < $1
  ORDER BY next_check_at LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
), taken_check AS (
  UPDATE attempts SET next_check_at = now() + make_interval(secs => $3) WHERE id = ANY(ARRAY(SELECT id FROM due_check))
  RETURNING id, checks
)
SELECT t.step, t.id AS subject, t.ring, d.next_action_at AS due_at, t.urgency FROM taken_task t JOIN due_task d USING (id)
UNION ALL ${LEASES}
UNION ALL SELECT t.step, t.subject, t.ring, d.gather_at, NULL::int FROM taken_gather t JOIN due_gather d USING (id)
UNION ALL SELECT 'check', t.id, 'again-' || t.checks, d.next_check_at, NULL::int FROM taken_check t JOIN due_check d USING (id)`;

/** `$1`: after this attempt, `$2`: how many. */
export const CHECKS_IN_FLIGHT = `
SELECT 'check' AS step, id AS subject, 'again-' || checks AS ring, coalesce(next_check_at, now()) AS due_at, NULL::int AS urgency
FROM attempts WHERE state IN ('submitted', 'seeking') AND id > $1 ORDER BY id LIMIT $2`;
