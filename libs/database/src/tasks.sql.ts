/** `$1`: task, `$2`: cap; of a task of several calls, the first that waits. The models of a tenant are few; what waits before the task is counted for each. */
export const QUEUE_POSITION = `
WITH RECURSIVE me AS (
  (SELECT id, provider, tenant_id, sort_at FROM tasks WHERE id = $1 AND dispatch_at IS NOT NULL)
  UNION ALL
  (SELECT id, provider, tenant_id, sort_at FROM tasks WHERE parent_id = $1 AND dispatch_at IS NOT NULL ORDER BY part LIMIT 1)
), models AS (
  (SELECT t.model FROM tasks t, me WHERE t.provider = me.provider AND t.tenant_id = me.tenant_id AND t.dispatch_at IS NOT NULL
   ORDER BY t.model LIMIT 1)
  UNION ALL
  SELECT (SELECT t.model FROM tasks t, me WHERE t.provider = me.provider AND t.tenant_id = me.tenant_id
    AND t.dispatch_at IS NOT NULL AND t.model > models.model ORDER BY t.model LIMIT 1)
  FROM models WHERE models.model IS NOT NULL
)
SELECT least($2::int, 1 + sum(ahead.number))::int AS position
FROM me, models CROSS JOIN LATERAL (
  SELECT count(*) AS number FROM (
    SELECT 1 FROM tasks t WHERE t.provider = me.provider AND t.tenant_id = me.tenant_id AND t.model = models.model
      AND t.dispatch_at IS NOT NULL AND (t.sort_at, t.id) < (me.sort_at, me.id) LIMIT $2::int) AS capped
) AS ahead
HAVING count(*) > 0`;

/** Every part only grows (a dead callback that is sent again apart), so the sum tells every change. */
export const MARKS = `
SELECT t.id, (t.version::bigint * 1000 + t.progress + coalesce((
  SELECT sum(2 * d.attempts + CASE d.state WHEN 'pending' THEN 0 ELSE 1 END) FROM deliveries d WHERE d.task_id = t.id
), 0))::text AS mark
FROM tasks t WHERE t.id = ANY($1::text[])`;

/**
 * Outputs expire now: their links are dead at once, and the retention takes the bytes even if whoever
 * asked for the erasure dies before it has. A callback that waits for its first answer is still sent; what
 * has ended is forgotten, and not sent again although somebody asked for it.
 */
export const ERASE = `
WITH erased AS (
  UPDATE tasks SET input = '{}', request = '{}', media = '[]', metadata = '{}', erased_at = $3
  WHERE id = $2 AND tenant_id = $1 AND erased_at IS NULL AND status IN ('success', 'fail') RETURNING id
), expired AS (
  UPDATE outputs SET expire_at = least(expire_at, $3), source_url = NULL, source_expires_at = NULL
  FROM erased WHERE task_id = erased.id RETURNING key
), parts AS (
  UPDATE tasks SET input = '{}', request = '{}', media = '[]' FROM erased WHERE tasks.parent_id = erased.id
), told AS (
  UPDATE deliveries SET body = '{}', next_attempt_at = NULL, resume_at = NULL, requested = NULL
  FROM erased WHERE task_id = erased.id AND state <> 'pending'
)
SELECT EXISTS (SELECT 1 FROM erased) AS erased,
  coalesce((SELECT array_agg(key) FROM expired WHERE key IS NOT NULL), '{}') AS keys`;

export const TAKE_LEASE = `
UPDATE attempts SET lease_owner = $2, lease_until = $3
WHERE id = $1 AND state = 'submitting' AND (lease_until IS NULL OR lease_until <= now()) RETURNING id`;

/**
 * A row that is being changed at this moment is passed by: the note would be outdated, and waiting for
 * several rows could end in a deadlock.
 */
export const NOTE_CHECKS = `
WITH held AS (
  SELECT a.id, a.task_id, n.checks, n."nextCheckAt", n.progress
  FROM jsonb_to_recordset($1::jsonb) AS n("attemptId" text, checks int, "nextCheckAt" timestamptz, progress int)
  JOIN attempts a ON a.id = n."attemptId" JOIN tasks t ON t.id = a.task_id
  WHERE a.state IN ('submitted', 'seeking') FOR NO KEY UPDATE OF a, t SKIP LOCKED
), noted AS (
  UPDATE attempts SET checks = held.checks, next_check_at = held."nextCheckAt" FROM held WHERE attempts.id = held.id
), progressed AS (
  UPDATE tasks SET progress = held.progress FROM held
  WHERE tasks.id = held.task_id AND tasks.status = 'handling' AND tasks.progress < held.progress
  RETURNING tasks.parent_id, tasks.part, tasks.version, tasks.progress
)
INSERT INTO outbox (step, subject, ring, due_at)
SELECT 'gather', parent_id, 'p' || part || '-v' || version || '-' || progress, now() FROM progressed WHERE parent_id IS NOT NULL`;

export const NOTE_PROGRESS = `
UPDATE tasks SET progress = $2 WHERE id = $1 AND status = 'handling' AND progress < $2`;

/** `$1`: tasks, `$2`: the status of each. In the order of ids: two that gather the same never wait for each other. */
export const NOTE_GATHERED = `
WITH held AS (
  SELECT t.id FROM unnest($1::text[], $2::text[]) AS seen(id, status)
  JOIN tasks t ON t.id = seen.id AND t.status = seen.status
  WHERE t.id = ANY($1::text[]) AND t.gather_at IS NOT NULL ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED
)
UPDATE tasks SET gather_at = NULL WHERE id = ANY(ARRAY(SELECT id FROM held))`;

/** A hook that told no handle is noted as JSON's null, so that a second one is known for what it is. */
export const NOTE_HOOK = `
WITH hooked AS (
  UPDATE attempts SET hook_handle = $2::jsonb
  WHERE id = $1 AND hook_handle IS NULL AND state IN ('submitting', 'submitted', 'seeking') RETURNING id
)
INSERT INTO outbox (step, subject, ring, due_at) SELECT 'check', id, 'hook', $3 FROM hooked`;
