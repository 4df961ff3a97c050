import { EFFECTIVE_POLICY, JOIN_PLAN } from './tenants.sql.js';

/** `$1`: now. From vendor to vendor by the index, however long their backlogs are. */
export const LANES = `
WITH RECURSIVE lanes AS (
  (SELECT provider FROM tasks WHERE dispatch_at IS NOT NULL ORDER BY provider LIMIT 1)
  UNION ALL
  SELECT (SELECT t.provider FROM tasks t WHERE t.dispatch_at IS NOT NULL AND t.provider > lanes.provider ORDER BY t.provider LIMIT 1)
  FROM lanes WHERE lanes.provider IS NOT NULL
)
SELECT provider FROM lanes WHERE provider IS NOT NULL AND EXISTS (
  SELECT 1 FROM tasks t WHERE t.provider = lanes.provider AND t.dispatch_at IS NOT NULL AND t.dispatch_at <= $1)`;

export const ADD_LANE = `INSERT INTO dispatch_lanes (provider) VALUES ($1) ON CONFLICT DO NOTHING`;

/** The lane's lock, and its clock: one for all workers. No row: another worker is at it. */
export const LOCK_LANE = `
SELECT state, clock_timestamp() AS now FROM dispatch_lanes WHERE provider = $1 FOR UPDATE SKIP LOCKED`;

export const HEALTH = `SELECT subject, state FROM vendor_health WHERE provider = $1`;

/**
 * `$1`: provider, `$2`: cursor, `$3`: how many. Tenants with something waiting, from the one after the
 * cursor on, round once. A tenant with a maximum of slots over all vendors is locked until the commit,
 * because another lane may be counting the same slots; one that is locked is left for the next turn.
 */
export const WAITING_TENANTS = `
WITH RECURSIVE after AS (
  (SELECT tenant_id FROM tasks WHERE provider = $1 AND dispatch_at IS NOT NULL AND tenant_id > $2 ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT t.tenant_id FROM tasks t WHERE t.provider = $1 AND t.dispatch_at IS NOT NULL
    AND t.tenant_id > after.tenant_id ORDER BY t.tenant_id LIMIT 1)
  FROM after WHERE after.tenant_id IS NOT NULL
), before AS (
  (SELECT tenant_id FROM tasks WHERE provider = $1 AND dispatch_at IS NOT NULL AND tenant_id <= $2 ORDER BY tenant_id LIMIT 1)
  UNION ALL
  SELECT (SELECT t.tenant_id FROM tasks t WHERE t.provider = $1 AND t.dispatch_at IS NOT NULL
    AND t.tenant_id > before.tenant_id AND t.tenant_id <= $2 ORDER BY t.tenant_id LIMIT 1)
  FROM before WHERE before.tenant_id IS NOT NULL
), waiting AS MATERIALIZED (
  (SELECT tenant_id FROM after WHERE tenant_id IS NOT NULL LIMIT $3)
  UNION ALL
  (SELECT tenant_id FROM before WHERE tenant_id IS NOT NULL LIMIT $3)
  LIMIT $3
), named AS MATERIALIZED (
  SELECT t.id, coalesce((e.policy ->> 'weight')::float8, 1) AS weight, (e.policy ->> 'maxConcurrentTasks')::int AS "maxConcurrent"
  FROM waiting JOIN tenants t ON t.id = waiting.tenant_id ${JOIN_PLAN} CROSS JOIN LATERAL (SELECT ${EFFECTIVE_POLICY} AS policy) e
)
SELECT id, weight, "maxConcurrent" FROM named
WHERE "maxConcurrent" IS NULL OR pg_try_advisory_xact_lock(hashtextextended('slots:' || id, 0))`;

/**
 * Slots in use everywhere: a row for each account and tenant. A worker of an older version ends a task
 * without clearing the columns of this one; what is over counts for nothing and is never admitted.
 */
export const SLOTS = `
SELECT account, tenant_id, count(*)::int AS used FROM tasks
WHERE account IS NOT NULL AND next_action_at IS NOT NULL GROUP BY account, tenant_id`;

/** `$1`: provider, `$2`: tenants, `$3`: models to leave alone, `$4`: now, `$5`: how many of each tenant and model. */
export const HEADS = `
SELECT wanted.tenant_id, head.id, head.version, head.model
FROM unnest($2::text[]) AS wanted(tenant_id)
CROSS JOIN LATERAL (
  WITH RECURSIVE models AS (
    (SELECT model FROM tasks WHERE provider = $1 AND tenant_id = wanted.tenant_id AND dispatch_at IS NOT NULL ORDER BY model LIMIT 1)
    UNION ALL
    SELECT (SELECT t.model FROM tasks t WHERE t.provider = $1 AND t.tenant_id = wanted.tenant_id AND t.dispatch_at IS NOT NULL
      AND t.model > models.model ORDER BY t.model LIMIT 1)
    FROM models WHERE models.model IS NOT NULL
  )
  SELECT model FROM models WHERE model <> ALL($3::text[])
) AS served
CROSS JOIN LATERAL (
  SELECT t.id, t.version, t.model, t.sort_at FROM tasks t
  WHERE t.provider = $1 AND t.tenant_id = wanted.tenant_id AND t.model = served.model
    AND t.dispatch_at IS NOT NULL AND t.dispatch_at <= $4 AND t.next_action_at IS NOT NULL
  ORDER BY t.sort_at, t.id LIMIT $5
) AS head
ORDER BY wanted.tenant_id, head.sort_at, head.id`;

/**
 * `$1`: admissions, `$2`: now, `$3`: provider, `$4`: the lane's state, `$5`: breakers and troubles, each
 * with the state that was read: one that a worker changed meanwhile stays as it is.
 */
export const ADMIT = `
WITH moved AS (
  UPDATE tasks SET account = a.account, dispatch_at = NULL, version = tasks.version + 1, next_action_at = $2
  FROM jsonb_to_recordset($1::jsonb) AS a("taskId" text, version int, account text)
  WHERE tasks.id = a."taskId" AND tasks.version = a.version AND tasks.dispatch_at IS NOT NULL
    AND tasks.next_action_at IS NOT NULL
  RETURNING tasks.id, tasks.version, tasks.account, tasks.status
), event AS (
  INSERT INTO task_events (task_id, version, at, from_status, to_status, cause)
  SELECT id, version, $2, status, status, 'admitted to ' || account FROM moved
), rings AS (
  INSERT INTO outbox (step, subject, ring, due_at) SELECT 'submit', id, 'v' || version, $2 FROM moved
), lane AS (
  UPDATE dispatch_lanes SET state = $4::jsonb WHERE provider = $3
), health AS (
  UPDATE vendor_health SET state = b.state, changed_at = $2
  FROM jsonb_to_recordset($5::jsonb) AS b(subject text, state jsonb, was jsonb)
  WHERE vendor_health.subject = b.subject AND vendor_health.state = b.was
)
SELECT id FROM moved`;
