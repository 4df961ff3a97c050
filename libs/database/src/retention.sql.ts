/** `$1`: now, `$2`: limit. Erased tasks are among them: erasing makes their outputs expire. */
export const EXPIRED_OBJECTS = `
(SELECT key FROM outputs WHERE key IS NOT NULL AND expire_at < $1 ORDER BY expire_at LIMIT $2)
UNION ALL
(SELECT key FROM inputs WHERE expire_at < $1 ORDER BY expire_at LIMIT $2)
UNION ALL
(SELECT object_key FROM replays WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)
LIMIT $2`;

/** Expired ones alone: a key that a task has taken again meanwhile stays. */
export const FORGET_OBJECTS = `
WITH outputs_without AS (
  UPDATE outputs SET key = NULL WHERE key = ANY($1::text[]) AND expire_at <= now()
), replays_gone AS (
  DELETE FROM replays WHERE object_key = ANY($1::text[]) AND expires_at <= now()
)
DELETE FROM inputs WHERE key = ANY($1::text[]) AND expire_at <= now()`;

/**
 * `$1`: created before, `$2`: limit. What is referenced by a foreign key goes with the task; its history
 * and its idempotency keys have none.
 */
export const DROP_TASKS = `
WITH old AS (
  SELECT t.id FROM tasks t WHERE t.created_at < $1 AND t.next_action_at IS NULL AND t.status IN ('success', 'fail')
    AND NOT EXISTS (SELECT 1 FROM outputs o WHERE o.task_id = t.id AND o.key IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.task_id = t.id AND d.next_attempt_at IS NOT NULL)
  ORDER BY t.id LIMIT $2 FOR UPDATE SKIP LOCKED
), events AS (
  DELETE FROM task_events e USING old WHERE e.task_id = old.id
)
DELETE FROM tasks USING old WHERE tasks.id = old.id RETURNING tasks.id`;

/**
 * `$1`: nothing sent since, `$2`: limit. Whatever is parked for a receiver has it looked at some time, and
 * every turn of it counts its tokens anew; a fresh delivery finds or makes its receiver itself.
 */
export const DROP_RECEIVERS = `
WITH unused AS (
  SELECT tenant_id, origin FROM callback_receivers
  WHERE look_at IS NULL AND (health->>'disabledAt') IS NULL
    AND coalesce((health->>'tokensAt')::float8, 0) < extract(epoch FROM $1::timestamptz) * 1000
  LIMIT $2 FOR UPDATE SKIP LOCKED
)
DELETE FROM callback_receivers r USING unused u WHERE r.tenant_id = u.tenant_id AND r.origin = u.origin RETURNING r.origin`;

/**
 * `$1`: made before, `$2`: limit. OpenAI keeps responses for 30 days
 * (https://platform.openai.com/docs/guides/your-data); of other objects it does not say when they end.
 */
export const DROP_RESPONSES = `
DELETE FROM upstream_objects WHERE object_id = ANY(ARRAY(
  SELECT object_id FROM upstream_objects WHERE kind IN ('responses', 'responses/items') AND created_at < $1
  LIMIT $2)) RETURNING object_id`;

/** No look at replays: their rows end a day after they began, so an object of theirs that is a day old is dead. */
export const UNNAMED = `
SELECT wanted.key FROM unnest($1::text[]) AS wanted(key)
WHERE NOT EXISTS (SELECT 1 FROM outputs o WHERE o.key = wanted.key)
  AND NOT EXISTS (SELECT 1 FROM inputs i WHERE i.key = wanted.key)`;
