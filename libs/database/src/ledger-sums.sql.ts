/*
 * What must follow from the ledger, computed from its rows alone. The trigger keeps the same by adding up; nothing
 * here is shared with it, so that each proves the other.
 */

/** Every scope that the ledger knows. */
export const SUMMED_BALANCES = `
SELECT scope, max(day) AS day, max(month) AS month, coalesce(sum(charged), 0) AS spent, sum(held) AS held,
  coalesce(sum(charged) FILTER (WHERE day = last_day), 0) AS day_spent,
  coalesce(sum(charged) FILTER (WHERE month = last_month), 0) AS month_spent
FROM (
  SELECT s.scope, s.day, s.month, s.charged, s.held, max(s.day) OVER w AS last_day, max(s.month) OVER w AS last_month
  FROM (
    SELECT t.scope, day, date_trunc('month', day)::date AS month,
      sum(amount_nano_usd) FILTER (WHERE kind = 'charge') AS charged,
      coalesce(sum(amount_nano_usd) FILTER (WHERE kind = 'hold'), 0) - coalesce(sum(amount_nano_usd) FILTER (WHERE kind = 'release'), 0) AS held
    FROM ledger CROSS JOIN LATERAL (SELECT (at AT TIME ZONE 'UTC')::date AS day) AS d
      CROSS JOIN LATERAL (VALUES (tenant_id), (key_id)) AS t(scope)
    WHERE t.scope IS NOT NULL AND kind <> 'lost'
    GROUP BY t.scope, day
  ) AS s WINDOW w AS (PARTITION BY s.scope)
) AS days
GROUP BY scope`;

/** Holds that no release followed. */
export const SUMMED_HOLDS = `
SELECT h.subject, h.tenant_id, h.key_id, h.model, h.provider, h.amount_nano_usd, h.price_version, h.at, h.owner
FROM ledger h
WHERE h.kind = 'hold' AND NOT EXISTS (SELECT 1 FROM ledger r WHERE r.subject = h.subject AND r.kind = 'release')`;

const sumOf = (column: string): string =>
  `coalesce(sum(${column}) FILTER (WHERE kind = 'charge'), 0) AS ${column}`;

export const USAGE_SUMS = [
  'tasks',
  'requests',
  'tokens_in',
  'tokens_out',
  'tokens_cached',
  'tokens_reasoning',
  'tokens_audio',
  'images',
  'seconds',
  'cost_nano_usd',
  'estimated',
  'unpriced',
  'lost_nano_usd',
] as const;

export const USAGE_KEYS = ['hour', 'tenant_id', 'key_id', 'model', 'provider'] as const;

export const SUMMED_USAGE = `
SELECT date_trunc('hour', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS hour, tenant_id, coalesce(key_id, '') AS key_id, model, provider,
  count(*) FILTER (WHERE kind = 'charge' AND left(subject, 3) = 'tk-') AS tasks,
  count(*) FILTER (WHERE kind = 'charge' AND left(subject, 3) <> 'tk-') AS requests,
  ${['tokens_in', 'tokens_out', 'tokens_cached', 'tokens_reasoning', 'tokens_audio'].map(sumOf).join(',\n  ')},
  coalesce(sum(quantity) FILTER (WHERE kind = 'charge' AND unit = 'image'), 0) AS images,
  coalesce(sum(quantity) FILTER (WHERE kind = 'charge' AND unit = 'second'), 0) AS seconds,
  coalesce(sum(amount_nano_usd) FILTER (WHERE kind = 'charge'), 0) AS cost_nano_usd,
  count(*) FILTER (WHERE kind = 'charge' AND source = 'estimated') AS estimated,
  count(*) FILTER (WHERE amount_nano_usd IS NULL) AS unpriced,
  coalesce(sum(amount_nano_usd) FILTER (WHERE kind = 'lost'), 0) AS lost_nano_usd
FROM ledger WHERE kind IN ('charge', 'lost')
GROUP BY 1, 2, 3, 4, 5`;
