import type { AuditQuery } from './audit-query.js';

export const INSERT_AUDIT = `
INSERT INTO audit_log (time, request_id, tenant, key_prefix, method, path, model, upstream, status, error_code, latency_ms,
  ttfb_ms, tokens_in, tokens_out, tokens_cached, cost_usd, bytes_in, bytes_out, stream, client_ip, explanation)
SELECT a.time, a."requestId", a.tenant, a."keyPrefix", a.method, a.path, a.model, a.upstream, a.status, a."errorCode",
  a."latencyMs", a."ttfbMs", a."tokensIn", a."tokensOut", a."tokensCached", a."costUsd", a."bytesIn", a."bytesOut",
  a.stream, a."clientIp", a.explanation
FROM jsonb_to_recordset($1::jsonb) AS a(time timestamptz, "requestId" text, tenant text, "keyPrefix" text, method text,
  path text, model text, upstream text, status int, "errorCode" text, "latencyMs" int, "ttfbMs" int, "tokensIn" int,
  "tokensOut" int, "tokensCached" int, "costUsd" numeric, "bytesIn" bigint, "bytesOut" bigint, stream boolean, "clientIp" text,
  explanation jsonb)
ON CONFLICT (time, request_id) DO NOTHING`;

const COLUMNS = `time, request_id AS "requestId", tenant, key_prefix AS "keyPrefix", method, path, model, upstream, status,
  error_code AS "errorCode", latency_ms AS "latencyMs", ttfb_ms AS "ttfbMs", tokens_in AS "tokensIn", tokens_out AS "tokensOut",
  tokens_cached AS "tokensCached", cost_usd::float8 AS "costUsd", bytes_in::float8 AS "bytesIn", bytes_out::float8 AS "bytesOut",
  stream, client_ip AS "clientIp"`;

/** Lists and exports leave the explanation out: it is larger than all the rest of its row. */
export const ONE_EXPLAINED = `
SELECT ${COLUMNS}, explanation FROM audit_log WHERE request_id = $1 AND tenant = $2`;

/** Each has an index that ends in the time, so that a page is read from where it begins. */
const EQUALS = [
  ['tenant', 'tenant'],
  ['model', 'model'],
  ['requestId', 'request_id'],
  ['keyPrefix', 'key_prefix'],
] as const;

export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * One page, newest first. Several statuses are read one by one and merged: a range of them has no order
 * by time. They are constants of the statement, so that the planner knows how common each is.
 * @param statuses those to look for; null: any
 */
export function auditPage(query: AuditQuery, statuses: readonly number[] | null): Statement {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const { from, to, after } = query;
  const limit = add(query.limit);
  const conditions: string[] = [];
  if (from) conditions.push(`time >= ${add(from)}::timestamptz`);
  if (to) conditions.push(`time < ${add(to)}::timestamptz`);
  if (after) {
    // The first is implied by the second; it is what indexes without the id can begin at.
    const time = add(after.time);
    conditions.push(`time <= ${time}::timestamptz`);
    conditions.push(`(time, request_id) < (${time}::timestamptz, ${add(after.requestId)})`);
  }
  for (const [name, column] of EQUALS) {
    const value = query[name];
    if (value !== undefined) conditions.push(`${column} = ${add(value)}`);
  }
  const page = (more: readonly string[]): string =>
    `(SELECT ${COLUMNS} FROM audit_log AS l${where([...conditions, ...more])}
     ORDER BY l.time DESC, l.request_id DESC LIMIT ${limit})`;
  if (!statuses) return { text: page([]), values };
  const each = statuses.map((status) => page([`status = ${add(status)}`]));
  const text = `${each.join(' UNION ALL ')} ORDER BY time DESC, "requestId" DESC LIMIT ${limit}`;
  return { text: each.length === 1 ? each.join('') : text, values };
}

/** Which statuses between these two there are at all: a step of an index for each. */
export const STATUSES = `
WITH RECURSIVE found AS (
  (SELECT status FROM audit_log WHERE status >= $1 ORDER BY status LIMIT 1)
  UNION ALL
  SELECT (SELECT status FROM audit_log WHERE status > found.status ORDER BY status LIMIT 1) FROM found WHERE found.status < $2
)
SELECT status FROM found WHERE status <= $2`;

const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;

/** Rows of the version before, which knows "audit" alone: the newest first, since it is they who are looked for. */
export const BRING_OVER = `
WITH moved AS (
  DELETE FROM audit WHERE id = ANY(ARRAY(SELECT id FROM audit ORDER BY id DESC LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING *
), kept AS (
  INSERT INTO audit_log (time, request_id, tenant, key_prefix, method, path, model, upstream, status, error_code, latency_ms,
    ttfb_ms, tokens_in, tokens_out, tokens_cached, cost_usd, bytes_in, bytes_out, stream, client_ip)
  SELECT time, request_id, tenant, key_prefix, method, path, model, upstream, status, error_code, latency_ms, ttfb_ms, tokens_in,
    tokens_out, tokens_cached, cost_usd, bytes_in, bytes_out, stream, client_ip FROM moved WHERE time >= $2
  ON CONFLICT (time, request_id) DO NOTHING
)
SELECT count(*)::int AS rows FROM moved`;

export const FIRST_OF_VERSION_BEFORE = 'SELECT time FROM audit ORDER BY id LIMIT 1';

/** Rows that no partition was there for. */
export const PRUNE_DEFAULT = `
DELETE FROM audit_log_default
WHERE ctid = ANY(ARRAY(SELECT ctid FROM audit_log_default WHERE time < $1 ORDER BY time LIMIT $2)) RETURNING 1`;

/** Tables named as partitions are; `attached` unless a crash left one between its two ends. */
export const MONTHS = `
SELECT c.relname AS name, EXISTS (SELECT 1 FROM pg_inherits i WHERE i.inhrelid = c.oid) AS attached
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname = current_schema() AND c.relname ~ '^audit_log_[0-9]{4}_[0-9]{2}$'
ORDER BY c.relname`;
