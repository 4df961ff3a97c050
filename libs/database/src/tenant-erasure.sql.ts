import { IS_TENANT } from './tenants.sql.js';

/**
 * All of `$1`: the tenant. The name is free for another one at once; the one that stands for it has a colon,
 * which is in no name that a tenant can be given.
 */
export const BEGIN_ERASURE = {
  /** Before the tenant's row, in the order in which keys are made. */
  lockKeys: 'LOCK TABLE tenant_keys IN ROW EXCLUSIVE MODE',
  find: `SELECT erase_asked_at IS NOT NULL AS erasing, EXISTS (
    SELECT 1 FROM tenant_keys k WHERE k.tenant_id = t.id AND k.source = 'internal') AS internal
  FROM tenants t WHERE id = $1 AND ${IS_TENANT} FOR UPDATE`,
  tenant: `UPDATE tenants SET name = 'erased:' || id, policy = '{}', callback_settings = '{}', erase_asked_at = now()
  WHERE id = $1`,
  keys: `UPDATE tenant_keys SET revoked_at = coalesce(revoked_at, now()), name = '', policy = '{}' WHERE tenant_id = $1`,
  secrets: 'DELETE FROM callback_secrets WHERE tenant_id = $1',
} as const;

/** `$1`: tenant. */
export const ERASURE_STATE = `SELECT erase_asked_at IS NOT NULL AND erased_at IS NULL AS erasing, erased_at AS "erasedAt"
  FROM tenants WHERE id = $1`;

export const ERASING = `SELECT id FROM tenants WHERE erase_asked_at IS NOT NULL AND erased_at IS NULL
  ORDER BY erase_asked_at, id LIMIT $1`;

/** `$1`: tenant, `$2`: limit. */
export const UNFINISHED_TASKS = `SELECT id FROM tasks
  WHERE tenant_id = $1 AND status IN ('queued', 'handling', 'archiving') AND parent_id IS NULL LIMIT $2`;

/**
 * `$1`: tenant, `$2`: after this task, `$3`: limit. Parts are scrubbed when their parent has ended: it still
 * gathers from them before. Returns the tasks that were looked at, in order.
 */
export const SCRUB_TASKS = `
WITH batch AS (
  SELECT t.id, t.scrubbed_at IS NULL AND t.status IN ('success', 'fail') AND (t.parent_id IS NULL OR NOT EXISTS (
    SELECT 1 FROM tasks p WHERE p.id = t.parent_id AND p.status NOT IN ('success', 'fail'))) AS ready
  FROM tasks t WHERE t.tenant_id = $1 AND t.id > $2 ORDER BY t.id LIMIT $3
), ready AS (
  SELECT t.id FROM tasks t JOIN batch s ON s.id = t.id WHERE s.ready ORDER BY t.id FOR UPDATE OF t
), attempt AS (
  UPDATE attempts SET handle = NULL, hook_handle = NULL, vendor_id = NULL, error = NULL FROM ready WHERE task_id = ready.id
), output AS (
  UPDATE outputs SET expire_at = least(expire_at, now()), source_url = NULL, source_expires_at = NULL, sha256 = NULL
  FROM ready WHERE task_id = ready.id
), event AS (
  UPDATE task_events SET cause = 'erased' FROM ready WHERE task_id = ready.id
), scrubbed AS (
  UPDATE tasks SET input = '{}', request = '{}', media = '[]', metadata = '{}', callback_url = NULL, partial = NULL,
    error_message = CASE WHEN error_message IS NOT NULL THEN 'Erased with its tenant.' END, error_provider_code = NULL,
    erased_at = coalesce(erased_at, now()), scrubbed_at = now()
  FROM ready WHERE tasks.id = ready.id
)
SELECT id FROM batch ORDER BY id`;

/** `$1`: tenant, `$2`: limit. Their attempts go with them; whoever is at work on one finds no row to write to. */
export const DROP_DELIVERIES = `DELETE FROM deliveries WHERE id = ANY(ARRAY(
  SELECT id FROM deliveries WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING id`;

/** `$1`: tenant, `$2`: limit. */
export const DROP_IDEMPOTENCY_KEYS = `DELETE FROM idempotency_keys k USING (
  SELECT tenant_id, key FROM idempotency_keys WHERE tenant_id = $1 LIMIT $2) AS batch
  WHERE k.tenant_id = batch.tenant_id AND k.key = batch.key RETURNING k.key`;

/** `$1`: tenant, `$2`: limit. What they name stays at the upstream until somebody deletes it there. */
export const DROP_UPSTREAM_OBJECTS = `DELETE FROM upstream_objects WHERE object_id = ANY(ARRAY(
  SELECT object_id FROM upstream_objects WHERE tenant_id = $1 LIMIT $2)) RETURNING object_id`;

/** `$1`: tenant. Receivers say where its callbacks went; uploads and kept answers expire, and the retention takes them. */
export const DROP_THE_REST = [
  'DELETE FROM callback_receivers WHERE tenant_id = $1',
  'UPDATE inputs SET expire_at = now() WHERE tenant_id = $1 AND expire_at > now()',
  'UPDATE replays SET expires_at = now() WHERE tenant_id = $1 AND expires_at > now()',
] as const;

/** What stands where a client's address was; it also marks the row. */
const ERASED_IP = 'erased';

/**
 * `$1`: tenant, `$2` and `$3`: after the row of this time and request, `$4`: limit. A segment of a path that
 * could be an id (it has a digit, and is not the version; or is long) is taken out of it. Rows that the version
 * before wrote are looked at when a worker has brought them over.
 */
export const SCRUB_AUDIT = `
WITH batch AS (
  SELECT time, request_id FROM audit_log WHERE tenant = $1 AND (time, request_id) > ($2::timestamptz, $3)
  ORDER BY time, request_id LIMIT $4
), scrubbed AS (
  UPDATE audit_log a SET client_ip = '${ERASED_IP}',
    path = regexp_replace(a.path, '/(?!v1(?:/|$))(?:[^/]*[0-9][^/]*|[^/]{25,})(?=/|$)', '/:id', 'g')
  FROM batch WHERE a.request_id = batch.request_id AND a.time = batch.time AND a.client_ip <> '${ERASED_IP}'
)
SELECT request_id AS id, time FROM batch ORDER BY time, request_id`;

/**
 * `$1`: tenant, `$2`: ms. For so long after it was asked for, a process may still take requests of its keys, and write
 * what it knows of them.
 */
export const FINISH_ERASURE = `
UPDATE tenants SET erased_at = now() WHERE id = $1 AND erased_at IS NULL
  AND erase_asked_at < now() - $2 * interval '1 millisecond'
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE tenant_id = $1)
  AND NOT EXISTS (SELECT 1 FROM inputs WHERE tenant_id = $1)
  AND NOT EXISTS (SELECT 1 FROM idempotency_keys WHERE tenant_id = $1)
  AND NOT EXISTS (SELECT 1 FROM upstream_objects WHERE tenant_id = $1)
  AND NOT EXISTS (SELECT 1 FROM replays WHERE tenant_id = $1)
  AND NOT EXISTS (SELECT 1 FROM tasks WHERE tenant_id = $1 AND scrubbed_at IS NULL)
  AND NOT EXISTS (SELECT 1 FROM outputs o JOIN tasks t ON t.id = o.task_id WHERE t.tenant_id = $1 AND o.key IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM audit WHERE tenant = $1)
  AND NOT EXISTS (SELECT 1 FROM audit_log WHERE tenant = $1 AND client_ip <> '${ERASED_IP}')
RETURNING id`;
