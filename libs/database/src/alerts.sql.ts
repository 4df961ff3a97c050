import { EFFECTIVE_POLICY, JOIN_PLAN } from './tenants.sql.js';

/** The delivery `$1` (JSON record, or none) where the incident's statement wrote a row. */
const DELIVERED = `told AS (
  INSERT INTO deliveries (id, tenant_id, event, sequence, url, origin, body, state, next_attempt_at, created_at)
  SELECT d.id, d."tenantId", d.event, d.sequence, d.url, d.origin, d.body, d.state, now(), d."createdAt"
  FROM jsonb_to_recordset($1::jsonb) AS d(id text, "tenantId" text, event text, sequence int, url text, origin text, body text, state text,
    "createdAt" timestamptz) WHERE EXISTS (SELECT FROM changed)
)`;

/** `$2`: kind, `$3`: subject, `$4`: data, `$5`: now. */
export const BEGIN_INCIDENT = `
WITH changed AS (
  INSERT INTO incidents (kind, subject, data, began_at) VALUES ($2, $3, $4::jsonb, $5)
  ON CONFLICT (kind, subject) WHERE ended_at IS NULL DO NOTHING RETURNING id
), ${DELIVERED}
SELECT id FROM changed`;

/** `$2`: id, `$3`: now. */
export const END_INCIDENT = `
WITH changed AS (
  UPDATE incidents SET ended_at = $3 WHERE id = $2 AND ended_at IS NULL RETURNING id
), ${DELIVERED}
SELECT id FROM changed`;

export const SEND_ALERT = `WITH changed AS (SELECT 1), ${DELIVERED} SELECT 1`;

/** `$1`: thresholds. Days and months are those of UTC. */
export const BUDGET_CONDITIONS = `
WITH limits AS (
  SELECT t.id AS scope, t.id AS tenant_id, NULL AS key_id,
    ${EFFECTIVE_POLICY} AS policy
  FROM tenants t ${JOIN_PLAN}
  UNION ALL
  SELECT k.id, k.tenant_id, k.id, k.policy FROM tenant_keys k WHERE k.revoked_at IS NULL
), budgets AS (
  SELECT l.*, b.period, b.starts, b.spent, b.limit_usd
  FROM limits l JOIN balances s ON s.scope = l.scope
  CROSS JOIN LATERAL (VALUES
    ('day', (now() AT TIME ZONE 'UTC')::date,
      CASE WHEN s.day = (now() AT TIME ZONE 'UTC')::date THEN s.day_spent ELSE 0 END, l.policy ->> 'dailyBudgetUsd'),
    ('month', date_trunc('month', now() AT TIME ZONE 'UTC')::date,
      CASE WHEN s.month = date_trunc('month', now() AT TIME ZONE 'UTC')::date THEN s.month_spent ELSE 0 END, l.policy ->> 'monthlyBudgetUsd')
  ) AS b(period, starts, spent, limit_usd)
  WHERE b.limit_usd IS NOT NULL
)
SELECT period || ':' || scope || ':' || starts || ':' || threshold AS subject, tenant_id AS "tenantId", key_id AS "keyId", period,
  starts::text AS "periodStarts", threshold, spent::float8 / 1e9 AS "spentUsd", limit_usd::float8 AS "limitUsd"
FROM budgets CROSS JOIN unnest($1::float8[]) AS threshold
WHERE limit_usd::numeric > 0 AND spent >= limit_usd::numeric * 1000000000 * threshold::numeric
ORDER BY 1`;

/** Those that operators are told of by the log as well (`receiverNews`). */
export const RECEIVER_CONDITIONS = `
SELECT r.tenant_id AS "tenantId", r.origin, (r.health ->> 'disabledAt') IS NOT NULL AS disabled,
  (r.health ->> 'failures')::int AS failures, r.reported ->> 'failingSince' AS "failingSince"
FROM callback_receivers r WHERE r.reported IS NOT NULL AND r.tenant_id <> $1 ORDER BY 1, 2`;

/** Open until a probe has succeeded: `openUntil` is set, whether it is past or not. */
export const HEALTH_CONDITIONS = `
SELECT subject, provider, state FROM vendor_health
WHERE (subject LIKE 'model:%' AND state ->> 'openUntil' IS NOT NULL) OR subject LIKE 'account-trouble:%' ORDER BY subject`;
