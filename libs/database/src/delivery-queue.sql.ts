/*
 * A turn waits for nobody's row lock (SKIP LOCKED everywhere), so it can neither deadlock with those who
 * record and ask, nor be held up by a worker that stands still.
 */

/** Nobody's attempt is under way. */
const IS_IDLE = `(d.lease_until IS NULL OR d.lease_until <= now())`;
const IS_DUE = `d.next_attempt_at <= now() AND ${IS_IDLE}`;
/** As the indexes `deliveries_firsts` and `deliveries_again` say it. */
export const IS_FIRST = `(d.attempts = 0 OR d.trigger = 'manual')`;
export const IS_AGAIN = `d.attempts > 0 AND d.trigger <> 'manual'`;
/** What a turn needs to see of a row; its body is read when it is claimed. */
const SEEN = `d.id, d.task_id, d.tenant_id, d.origin, d.event, d.sequence, d.attempts, d.trigger, d.next_attempt_at, d.created_at`;
const SHOWN = `jsonb_build_object('id', d.id, 'event', d.event, 'sequence', d.sequence, 'createdAt', d.created_at,
  'isFirst', ${IS_FIRST}, 'nextAttemptAt', d.next_attempt_at,
  'isSuperseded', EXISTS (SELECT FROM deliveries later WHERE later.task_id = d.task_id AND later.sequence > d.sequence))`;

/**
 * Locks fresh deliveries (`$1`: at most so many) and receivers (`$2`), those of fresh ones and those whose
 * time has come in turns, the longest waiting first. What another worker holds is left to it.
 */
export const LOCK_RECEIVERS = `
WITH fresh AS MATERIALIZED (
  SELECT ${SEEN} FROM deliveries d WHERE NOT d.parked AND ${IS_DUE}
  ORDER BY d.next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED
), due AS MATERIALIZED (
  SELECT tenant_id, origin, look_at FROM callback_receivers WHERE look_at <= now()
  ORDER BY look_at LIMIT $2 FOR UPDATE SKIP LOCKED
), ranked AS (
  SELECT tenant_id, origin, row_number() OVER (ORDER BY min(next_attempt_at)) AS place FROM fresh GROUP BY tenant_id, origin
  UNION ALL SELECT tenant_id, origin, row_number() OVER (ORDER BY look_at) FROM due
), wanted AS MATERIALIZED (
  SELECT tenant_id, origin FROM ranked GROUP BY tenant_id, origin ORDER BY min(place), tenant_id, origin LIMIT $2
), known AS MATERIALIZED (
  SELECT known.* FROM wanted w CROSS JOIN LATERAL (
    SELECT r.tenant_id, r.origin, r.health FROM callback_receivers r WHERE r.tenant_id = w.tenant_id AND r.origin = w.origin
    FOR UPDATE SKIP LOCKED
  ) known
), added AS (
  INSERT INTO callback_receivers (tenant_id, origin)
  SELECT w.tenant_id, w.origin FROM wanted w LEFT JOIN LATERAL (
    SELECT true AS "isKnown" FROM callback_receivers r WHERE r.tenant_id = w.tenant_id AND r.origin = w.origin LIMIT 1
  ) r ON true
  -- Who adds the same one at this moment is not waited for either: its row cannot be seen, let alone skipped.
  WHERE CASE WHEN r."isKnown" IS NULL
    THEN pg_try_advisory_xact_lock(hashtextextended('callback receiver ' || w.tenant_id || ' ' || w.origin, 0)) ELSE false END
  ORDER BY w.tenant_id, w.origin
  ON CONFLICT DO NOTHING RETURNING tenant_id, origin, health
), held AS (SELECT * FROM known UNION ALL SELECT * FROM added)
SELECT held.tenant_id AS "tenantId", held.origin, held.health, (SELECT count(*)::int FROM wanted) AS wanted,
  (SELECT count(*)::int FROM fresh) AS "freshRows",
  coalesce((SELECT jsonb_agg(${SHOWN} ORDER BY d.next_attempt_at, d.sequence, d.id) FROM fresh d
    WHERE d.tenant_id = held.tenant_id AND d.origin = held.origin), '[]') AS fresh
FROM (SELECT) one LEFT JOIN held ON true`;

const parked = (which: string): string => `
  coalesce((SELECT jsonb_agg(${SHOWN} ORDER BY d.next_attempt_at, d.sequence, d.id) FROM (
    SELECT ${SEEN} FROM deliveries d WHERE d.tenant_id = h.tenant_id AND d.origin = h.origin AND d.parked AND ${which} AND ${IS_DUE}
    ORDER BY d.next_attempt_at LIMIT $3
  ) d), '[]')`;
const next = (which: string): string => `
  (SELECT d.next_attempt_at FROM deliveries d WHERE d.tenant_id = h.tenant_id AND d.origin = h.origin AND d.parked AND ${which}
    AND d.next_attempt_at > now() AND ${IS_IDLE} ORDER BY d.next_attempt_at LIMIT 1)`;

/**
 * What waits for the receivers `$1` (tenants) and `$2` (origins), at most `$3` of a kind. A statement of
 * its own, after their locks: it sees what the worker that held them before has committed.
 */
export const VIEW_RECEIVERS = `
SELECT h.tenant_id AS "tenantId", h.origin, leased.*, clock_timestamp() AS now,
  least(${next(IS_FIRST)}, ${next(IS_AGAIN)}) AS "nextDueAt",
  ${parked(IS_FIRST)} AS firsts, ${parked(IS_AGAIN)} AS again
FROM unnest($1::text[], $2::text[]) AS h(tenant_id, origin), LATERAL (
  SELECT count(*)::int AS "inFlight", min(d.lease_until) AS "leaseEnd" FROM deliveries d
  WHERE d.tenant_id = h.tenant_id AND d.origin = h.origin AND d.lease_until IS NOT NULL AND d.lease_until > now()
) leased`;

const DELIVERY = `d.id, d.task_id AS "taskId", d.tenant_id AS "tenantId", d.event, d.sequence, d.url, d.origin, d.body, d.state, d.note,
  d.attempts, d.auto_attempts AS "autoAttempts", d.trigger, d.next_attempt_at AS "nextAttemptAt", d.resume_at AS "resumeAt",
  d.interrupted, d.created_at AS "createdAt"`;

/**
 * Carries out decisions. `$1`: ids that are sent, `$2`: what ends, `$3`: fresh ids that wait from now on,
 * `$4`: end of the lease, `$5`: ids of `$2`, from `$6` on: receivers. A row that somebody else has locked or
 * moved meanwhile stays.
 */
export const CARRY_OUT = `
WITH picked AS MATERIALIZED (
  SELECT d.id, coalesce(d.lease_until = d.next_attempt_at, false) AS "leftBehind"
  FROM deliveries d WHERE d.id = ANY($1::text[]) AND ${IS_DUE} FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE deliveries d SET parked = true, lease_until = $4, next_attempt_at = $4, interrupted = d.interrupted + p."leftBehind"::int
  FROM picked p WHERE d.id = p.id AND d.id = ANY($1::text[])
  RETURNING ${DELIVERY}, p."leftBehind" AS "wasInterrupted"
), ending AS MATERIALIZED (
  SELECT d.id FROM deliveries d WHERE d.id = ANY($5::text[]) AND ${IS_DUE} FOR UPDATE SKIP LOCKED
), ended AS (
  UPDATE deliveries d SET state = CASE d.state WHEN 'pending' THEN e.state ELSE d.state END,
    note = CASE d.state WHEN 'pending' THEN e.note ELSE d.note END,
    trigger = 'auto', next_attempt_at = NULL, lease_until = NULL, requested = NULL, resume_at = NULL
  FROM ending JOIN jsonb_to_recordset($2::jsonb) AS e(id text, state text, note text) USING (id)
  WHERE d.id = ending.id AND d.id = ANY($5::text[])
), waiting AS (
  UPDATE deliveries SET parked = true WHERE id = ANY($3::text[])
), receivers AS (
  UPDATE callback_receivers r SET health = c.health, failing_since = c.failing_since, look_at = c.look_at, crowded = c.crowded
  FROM unnest($6::text[], $7::text[], $8::jsonb[], $9::timestamptz[], $10::timestamptz[], $11::boolean[])
    AS c(tenant_id, origin, health, failing_since, look_at, crowded)
  WHERE r.tenant_id = c.tenant_id AND r.origin = c.origin
)
SELECT * FROM claimed`;

/** What was to be sent and is locked by somebody is looked for once more. `$1`: tenants, `$2`: origins. */
export const LOOK_SOON = `
UPDATE callback_receivers r SET look_at = least(r.look_at, now() + interval '1 s')
FROM unnest($1::text[], $2::text[]) AS m(tenant_id, origin) WHERE r.tenant_id = m.tenant_id AND r.origin = m.origin`;

const recorded = (patience: string, held: string): string => `
SELECT r.tenant_id AS "tenantId", r.origin, r.health, r.crowded, r.look_at AS "lookAt", clock_timestamp() AS now
FROM callback_receivers r JOIN unnest($1::text[], $2::text[]) AS k(tenant_id, origin) USING (tenant_id, origin)${patience}
ORDER BY r.tenant_id, r.origin FOR UPDATE OF r${held}`;
/** Of the locks that this very statement waits for, and those after it. */
const patience = (ms: string): string =>
  `\nCROSS JOIN (SELECT set_config('lock_timeout', ${ms}, true)) AS patience`;

/**
 * Locks the receivers `$1` (tenants) and `$2` (origins), always in the same order. Others hold them for
 * milliseconds; one that stands still would hold up every attempt that was made meanwhile, so this fails
 * (`lock_timeout`) after `$3` milliseconds.
 */
export const LOCK_RECORDED = recorded(patience('$3::text'), '');
/** The same, without those that another worker holds. */
export const LOCK_RECORDED_FREE = recorded('', ' SKIP LOCKED');

export const LOCK_DELIVERIES = `
SELECT d.id, d.state, d.note, d.attempts, d.auto_attempts AS "autoAttempts", d.trigger, d.next_attempt_at AS "nextAttemptAt",
  d.resume_at AS "resumeAt", d.interrupted, d.parked, d.lease_until AS "leaseUntil", d.requested
FROM deliveries d${patience("'0'")} WHERE d.id = ANY($1::text[]) ORDER BY d.id FOR NO KEY UPDATE OF d`;

/** `$1`: deliveries as they stand now, `$2`: attempts, `$3`: ids of `$1`, from `$4` on: receivers. */
export const RECORD = `
WITH moved AS (
  UPDATE deliveries d SET state = m.state, note = m.note, attempts = m.attempts, auto_attempts = m."autoAttempts", trigger = m.trigger,
    next_attempt_at = m."nextAttemptAt", resume_at = m."resumeAt", parked = m.parked, lease_until = NULL, requested = NULL
  FROM jsonb_to_recordset($1::jsonb) AS m(id text, state text, note text, attempts int, "autoAttempts" int, trigger text,
    "nextAttemptAt" timestamptz, "resumeAt" timestamptz, parked boolean)
  WHERE d.id = m.id AND d.id = ANY($3::text[])
), learnt AS (
  UPDATE callback_receivers r SET health = c.health, failing_since = c.failing_since, look_at = c.look_at
  FROM unnest($4::text[], $5::text[], $6::jsonb[], $7::timestamptz[], $8::timestamptz[])
    AS c(tenant_id, origin, health, failing_since, look_at)
  WHERE r.tenant_id = c.tenant_id AND r.origin = c.origin
)
INSERT INTO delivery_attempts (delivery_id, number, trigger, started_at, duration_ms, dns_ms, connect_ms, tls_ms, first_byte_ms,
  remote_address, status, error_class, error, answer_snippet)
SELECT a."deliveryId", a.number, a.trigger, a."startedAt", a."durationMs", a."dnsMs", a."connectMs", a."tlsMs", a."firstByteMs",
  a."remoteAddress", a.status, a."errorClass", a.error, a."answerSnippet"
FROM jsonb_to_recordset($2::jsonb) AS a("deliveryId" text, number int, trigger text, "startedAt" timestamptz, "durationMs" int,
  "dnsMs" int, "connectMs" int, "tlsMs" int, "firstByteMs" int, "remoteAddress" text, status int, "errorClass" text, error text,
  "answerSnippet" text)`;
