import {
  type DeliveryFilter,
  ERASED_BODY,
  KEPT_TESTS,
  REDELIVERABLE_EVENTS,
  SHOWN_ATTEMPTS,
} from '@app/callbacks';
import { encodeTime } from 'ulid';
import { IS_AGAIN, IS_FIRST } from './delivery-queue.sql.js';
import type { Add } from './list-parts.sql.js';
import type { Statement } from './list-tasks.sql.js';

/** What a list shows of a delivery `d`. */
const SUMMARY = `d.id, d.task_id AS "taskId", d.tenant_id AS "tenantId", d.event, d.sequence, d.url, d.origin, d.state, d.note,
  d.attempts, d.auto_attempts AS "autoAttempts", d.trigger, d.next_attempt_at AS "nextAttemptAt", d.resume_at AS "resumeAt",
  d.interrupted, d.created_at AS "createdAt"`;

const ATTEMPT = `a.delivery_id AS "deliveryId", a.number, a.trigger, a.started_at AS "startedAt", a.duration_ms AS "durationMs",
  a.dns_ms AS "dnsMs", a.connect_ms AS "connectMs", a.tls_ms AS "tlsMs", a.first_byte_ms AS "firstByteMs",
  a.remote_address AS "remoteAddress", a.status, a.error_class AS "errorClass", a.error, a.answer_snippet AS "answerSnippet"`;

/** Looked up row by row: as a join, it would be read off all tasks. */
const IS_NOT_ERASED = '(SELECT t.erased_at FROM tasks t WHERE t.id = d.task_id) IS NULL';

/** No attempt that somebody asked for is to come. */
const IS_NOT_ASKED_FOR = `d.requested IS NULL AND (d.next_attempt_at IS NULL OR d.trigger NOT IN ('manual', 'replay'))`;

/** `$1`: task. */
export const OF_TASK = `SELECT ${SUMMARY}, d.body FROM deliveries d WHERE d.task_id = $1 ORDER BY d.sequence`;

/** `$1`: task. */
export const ATTEMPTS_OF_TASK = `
SELECT ${ATTEMPT} FROM deliveries d CROSS JOIN LATERAL (
  SELECT * FROM delivery_attempts o WHERE o.delivery_id = d.id ORDER BY o.number DESC LIMIT ${SHOWN_ATTEMPTS}
) a
WHERE d.task_id = $1 ORDER BY d.sequence, a.number`;

/** `$1`: tenant, or null; `$2`: delivery. */
export const FIND = `
SELECT ${SUMMARY}, d.body FROM deliveries d
WHERE d.id = $2 AND ($1::text IS NULL OR d.tenant_id = $1) AND ${IS_NOT_ERASED}`;

/** `$1`: delivery. */
export const ATTEMPTS_OF = `
SELECT ${ATTEMPT} FROM (
  SELECT * FROM delivery_attempts o WHERE o.delivery_id = $1 ORDER BY o.number DESC LIMIT ${SHOWN_ATTEMPTS}
) a ORDER BY a.number`;

/** Newest first: ids are in the order of time. */
export function listStatement(
  filter: DeliveryFilter,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Statement {
  const { values, add } = placeholders();
  const where = [...conditions(filter, add), IS_NOT_ERASED];
  if (after !== undefined) where.push(`d.id < ${add(after)}`);
  const text = `SELECT ${SUMMARY} FROM deliveries d WHERE ${where.join(' AND ')} ORDER BY d.id DESC LIMIT ${add(limit)}`;
  return { text, values };
}

export function countRedeliverableStatement(filter: DeliveryFilter, most: number): Statement {
  const { values, add } = placeholders();
  const where = [...conditions(filter, add), ...redeliverable(add), IS_NOT_ASKED_FOR].join(' AND ');
  const text = `SELECT count(*)::int AS found FROM (SELECT 1 FROM deliveries d WHERE ${where} LIMIT ${add(most)}) AS capped`;
  return { text, values };
}

export interface RedeliveryBatch {
  readonly filter: DeliveryFilter & { readonly deliveryId?: string };
  readonly trigger: 'manual' | 'replay';
  /** Those after this id; null: from the first. */
  readonly after: string | null;
  readonly size: number;
}

/**
 * Locks rows in the order of their ids and misses none: one under way is waited for and told to come again
 * (`requested`), an idle one is due at once. It is `afterRequest` of `@app/callbacks` in SQL.
 */
export function redeliverStatement({ filter, trigger, after, size }: RedeliveryBatch): Statement {
  const { values, add } = placeholders();
  const where = [...conditions(filter, add), ...redeliverable(add)];
  if (trigger === 'replay') where.push(IS_NOT_ASKED_FOR);
  if (filter.deliveryId !== undefined) where.push(`d.id = ${add(filter.deliveryId)}`);
  if (after !== null) where.push(`d.id > ${add(after)}`);
  const isUnderWay = 'deliveries.lease_until > now()';
  const byWhom = add(trigger);
  const text = `
WITH asked AS (
  SELECT d.id FROM deliveries d WHERE ${where.join(' AND ')} ORDER BY d.id LIMIT ${add(size)} FOR NO KEY UPDATE OF d
)
UPDATE deliveries SET
  requested = CASE WHEN ${isUnderWay} THEN ${byWhom} ELSE requested END,
  trigger = CASE WHEN ${isUnderWay} THEN trigger ELSE ${byWhom} END,
  next_attempt_at = CASE WHEN ${isUnderWay} THEN next_attempt_at ELSE now() END,
  resume_at = CASE
    WHEN ${isUnderWay} THEN resume_at
    WHEN next_attempt_at IS NULL THEN NULL
    WHEN trigger IN ('manual', 'replay') THEN resume_at
    WHEN state = 'pending' THEN next_attempt_at END,
  parked = CASE WHEN ${isUnderWay} THEN parked ELSE false END,
  lease_until = CASE WHEN ${isUnderWay} THEN lease_until END,
  interrupted = interrupted + CASE WHEN lease_until <= now() AND lease_until = next_attempt_at THEN 1 ELSE 0 END
FROM asked WHERE deliveries.id = asked.id RETURNING deliveries.id`;
  return { text, values };
}

/** `$1`: tenant. Tests of one tenant are made one after the other, so that they can be counted. */
export const HOLD_TENANT = 'SELECT 1 FROM tenants WHERE id = $1 FOR NO KEY UPDATE';

/** `$1`: the delivery, `$2`: how many unfinished ones the tenant may have. */
export const ADD_TEST = `
INSERT INTO deliveries (id, tenant_id, event, sequence, url, origin, body, state, attempts, auto_attempts, trigger, next_attempt_at, created_at)
SELECT n.id, n."tenantId", n.event, n.sequence, n.url, n.origin, n.body, 'pending', 0, 0, n.trigger, now(), n."createdAt"
FROM jsonb_to_record($1::jsonb) AS n(id text, "tenantId" text, event text, sequence int, url text, origin text, body text, trigger text,
  "createdAt" timestamptz)
WHERE (SELECT count(*) FROM deliveries d WHERE d.tenant_id = n."tenantId" AND d.task_id IS NULL AND d.state = 'pending') < $2
RETURNING id`;

/** `$1`: tenant. */
export const DROP_TESTS = `
DELETE FROM deliveries WHERE id IN (
  SELECT d.id FROM deliveries d WHERE d.tenant_id = $1 AND d.task_id IS NULL AND d.next_attempt_at IS NULL
  ORDER BY d.id DESC OFFSET ${KEPT_TESTS})`;

/** Counting what waits for one receiver ends here. */
const MOST_WAITING = 10_000;

const parked = (which: string): string => `
    (SELECT 1 FROM deliveries d WHERE d.tenant_id = c.tenant_id AND d.origin = c.origin AND d.next_attempt_at IS NOT NULL AND d.parked
      AND ${which} LIMIT ${MOST_WAITING})`;

/**
 * `$1`: tenant, or null; `$2`: origin, or null; `$3`: only those in trouble; `$4`: limit. What waits lies in
 * three partial indexes, two of them by receiver; the third holds what nobody has looked at yet, so it is short.
 */
export const RECEIVERS = `
WITH chosen AS (
  SELECT tenant_id, origin, health, failing_since FROM callback_receivers
  WHERE ($1::text IS NULL OR tenant_id = $1) AND ($2::text IS NULL OR origin = $2)
    AND (NOT $3::boolean OR failing_since IS NOT NULL OR (health->>'disabledAt') IS NOT NULL
      OR (health->>'pausedUntil')::float8 > extract(epoch FROM now()) * 1000)
  ORDER BY failing_since NULLS LAST, tenant_id, origin LIMIT $4
), fresh AS (
  SELECT d.tenant_id, d.origin, count(*) AS waiting FROM deliveries d
  WHERE d.next_attempt_at IS NOT NULL AND NOT d.parked AND ($1::text IS NULL OR d.tenant_id = $1)
  GROUP BY d.tenant_id, d.origin
)
SELECT c.tenant_id AS "tenantId", c.origin, c.health, least(${MOST_WAITING}, parked.waiting + coalesce(f.waiting, 0))::int AS waiting
FROM chosen c LEFT JOIN fresh f ON f.tenant_id = c.tenant_id AND f.origin = c.origin
CROSS JOIN LATERAL (
  SELECT count(*) AS waiting FROM (
    ${parked(IS_FIRST)} UNION ALL ${parked(IS_AGAIN)}) AS capped
) AS parked
ORDER BY c.failing_since NULLS LAST, c.tenant_id, c.origin`;

/** `$1`: tenant, `$2`: origin. What waits for it is looked at, and ended. */
export const DISABLE_RECEIVER = `
UPDATE callback_receivers SET look_at = now(),
  health = health || jsonb_build_object('disabledAt', coalesce((health->>'disabledAt')::float8, floor(extract(epoch FROM now()) * 1000)))
WHERE tenant_id = $1 AND origin = $2 RETURNING origin`;

/** `$1`: tenant, `$2`: origin. What was sent of its rate is kept: nobody enables it to send faster. */
export const ENABLE_RECEIVER = `
UPDATE callback_receivers SET
  health = jsonb_strip_nulls(jsonb_build_object('tokens', health->'tokens', 'tokensAt', health->'tokensAt')), failing_since = NULL, look_at = now()
WHERE tenant_id = $1 AND origin = $2 RETURNING origin`;

function redeliverable(add: Add): readonly string[] {
  return [
    `d.event = ANY(${add([...REDELIVERABLE_EVENTS])}::text[])`,
    `d.state <> 'skipped'`,
    `d.body <> ${add(ERASED_BODY)}`,
    IS_NOT_ERASED,
  ];
}

function conditions(filter: DeliveryFilter, add: Add): readonly string[] {
  const { tenantId, taskId, state, event, origin, from, to } = filter;
  const equal = { tenant_id: tenantId, task_id: taskId, event, origin };
  const parts = Object.entries(equal).flatMap(([column, value]) =>
    value === undefined ? [] : [`d.${column} = ${add(value)}`],
  );
  // As a literal, so that a partial index of that state is seen to hold it.
  if (state !== undefined) parts.push(`d.state = '${STATES[state]}'`);
  // A test has no task, and there is an index of those.
  if (event === 'callback.test') parts.push('d.task_id IS NULL');
  if (from) parts.push(`d.id >= ${add(firstId(from))}`);
  if (to) parts.push(`d.id < ${add(firstId(to))}`);
  return parts;
}

/** A table, so that no caller's text comes into the statement. */
const STATES = {
  pending: 'pending',
  delivered: 'delivered',
  dead: 'dead',
  skipped: 'skipped',
} as const satisfies Record<NonNullable<DeliveryFilter['state']>, string>;

const MAX_TIME = 2 ** 48 - 1;

/** Of all ids of that time, the first: an id's time is that of its row. */
function firstId(time: Date): string {
  const millis = Math.min(Math.max(time.getTime(), 0), MAX_TIME);
  return `msg_${encodeTime(millis, 10)}${'0'.repeat(16)}`;
}

function placeholders(): { readonly values: unknown[]; readonly add: Add } {
  const values: unknown[] = [];
  return { values, add: (value) => `$${values.push(value)}` };
}
