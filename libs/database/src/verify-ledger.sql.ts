import {
  SUMMED_BALANCES,
  SUMMED_HOLDS,
  SUMMED_USAGE,
  USAGE_KEYS,
  USAGE_SUMS,
} from './ledger-sums.sql.js';

/** One thing that is proved: how much was looked at, and what does not fit. */
export interface LedgerCheck {
  readonly name: string;
  /** Counts what is looked at. */
  readonly count: string;
  /** Rows of `subject`, `expected` (by the rows of the ledger) and `found`, each a text. */
  readonly differences: string;
}

/** Which account each kind debits, and which it credits. */
const ENTRIES = `
SELECT l.tenant_id, e.account, e.amount FROM ledger l CROSS JOIN LATERAL (
  SELECT CASE l.kind WHEN 'release' THEN 'held' WHEN 'lost' THEN 'operator' ELSE 'available' END AS account, -l.amount_nano_usd AS amount
  UNION ALL
  SELECT CASE l.kind WHEN 'hold' THEN 'held' WHEN 'charge' THEN 'spent' WHEN 'lost' THEN 'lost' ELSE 'available' END, l.amount_nano_usd
) AS e WHERE l.amount_nano_usd IS NOT NULL`;

const balanceText = (row: string): string =>
  `concat_ws(' ', ${row}.day, ${row}.day_spent::text, ${row}.month, ${row}.month_spent::text, ${row}.spent::text, ${row}.held::text)`;

/** Quantities are sums of fractions: equal to a millionth, in whatever order they were added. */
const usageText = (row: string): string =>
  `concat_ws(' ', ${USAGE_SUMS.map((column) =>
    column === 'images' || column === 'seconds'
      ? `'${column}=' || round(${row}.${column}::numeric, 6)`
      : `'${column}=' || ${row}.${column}`,
  ).join(', ')})`;

const holdText = (row: string): string =>
  `concat_ws(' ', ${row}.amount_nano_usd::text, ${row}.tenant_id, ${row}.key_id, ${row}.price_version, ${row}.owner)`;

/** Rows of two tables by a key; whatever is in one alone, or tells something else. */
function compared(
  sums: string,
  table: string,
  { keys, text }: { readonly keys: readonly string[]; readonly text: (row: string) => string },
): string {
  const subject = keys.map((key) => `${key}::text`).join(", ' ', ");
  return `
SELECT concat(${subject}) AS subject,
  CASE WHEN s.there IS NULL THEN 'nothing' ELSE ${text('s')} END AS expected,
  CASE WHEN t.there IS NULL THEN 'nothing' ELSE ${text('t')} END AS found
FROM (SELECT true AS there, sums.* FROM (${sums}) AS sums) AS s
FULL JOIN (SELECT true AS there, kept.* FROM ${table} AS kept) AS t USING (${keys.join(', ')})
WHERE s.there IS NULL OR t.there IS NULL OR ${text('s')} <> ${text('t')}`;
}

/** How long a request's hold may stay without a sign of its process; the reaper takes it after a minute. */
const REAPED_AFTER = "interval '10 minutes'";

export const LEDGER_CHECKS: readonly LedgerCheck[] = [
  {
    name: 'every tenant’s accounts sum to 0, and none holds less than nothing',
    count: 'SELECT count(DISTINCT tenant_id) AS looked FROM ledger',
    differences: `
SELECT tenant_id AS subject, 'sum 0, held at least 0' AS expected,
  concat('sum ', sum(amount), ', held ', coalesce(sum(amount) FILTER (WHERE account = 'held'), 0)) AS found
FROM (${ENTRIES}) AS entries GROUP BY tenant_id
HAVING sum(amount) <> 0 OR sum(amount) FILTER (WHERE account = 'held') < 0`,
  },
  {
    name: 'balances say what the rows say',
    count: 'SELECT count(*) AS looked FROM balances',
    differences: compared(SUMMED_BALANCES, 'balances', { keys: ['scope'], text: balanceText }),
  },
  {
    name: 'hours of usage say what the rows say',
    count: 'SELECT count(*) AS looked FROM usage_hours',
    differences: compared(SUMMED_USAGE, 'usage_hours', { keys: USAGE_KEYS, text: usageText }),
  },
  {
    name: 'open holds are those that no release followed',
    count: 'SELECT count(*) AS looked FROM ledger_holds',
    differences: compared(SUMMED_HOLDS, 'ledger_holds', { keys: ['subject'], text: holdText }),
  },
  {
    name: 'every release gives back the very hold before it',
    count: "SELECT count(*) AS looked FROM ledger WHERE kind = 'release'",
    differences: `
SELECT r.subject, coalesce('hold ' || concat_ws(' ', h.amount_nano_usd::text, h.tenant_id, h.key_id), 'no release') AS expected,
  'release ' || concat_ws(' ', r.amount_nano_usd::text, r.tenant_id, r.key_id) AS found
FROM ledger r LEFT JOIN ledger h ON h.subject = r.subject AND h.kind = 'hold'
WHERE r.kind = 'release' AND (h.subject IS NULL OR h.amount_nano_usd <> r.amount_nano_usd OR h.tenant_id <> r.tenant_id
  OR h.key_id IS DISTINCT FROM r.key_id)`,
  },
  {
    name: 'open holds are of unfinished tasks and of requests under way',
    count: 'SELECT count(*) AS looked FROM ledger_holds',
    differences: `
SELECT h.subject, 'an unfinished task' AS expected, coalesce('a task that ended in ' || t.status, 'no task') AS found
FROM ledger_holds h LEFT JOIN tasks t ON t.id = h.subject
WHERE left(h.subject, 3) = 'tk-' AND t.completed_at IS NOT NULL OR left(h.subject, 3) = 'tk-' AND t.id IS NULL
UNION ALL
SELECT h.subject, 'a process that is alive', concat('held by ', coalesce(h.owner, 'nobody'), ', last heard of ', coalesce(o.seen_at, h.at))
FROM ledger_holds h LEFT JOIN ledger_owners o ON o.owner = h.owner
WHERE left(h.subject, 3) <> 'tk-' AND (h.owner IS NULL OR greatest(h.at, o.seen_at) < now() - ${REAPED_AFTER})`,
  },
];

/** `$1`: after which id, `$2`: how many. Tasks that are nobody's part, with the columns that their transfers follow from. */
export const ACCOUNTED_TASKS = `
SELECT id, tenant_id AS "tenantId", key_id AS "keyId", model, provider, status, usage_unit AS unit, usage_quantity AS quantity,
  cost_nano_usd::text AS cost, usage_estimated AS "isEstimated", priced_by AS "pricedBy", lost_calls AS "lostCalls",
  hold_nano_usd::text AS held, price_version AS "priceVersion", created_at AS "createdAt", accounted,
  parent_id AS "parentId", part, part_results AS "partResults"
FROM tasks WHERE parent_id IS NULL AND id > $1 ORDER BY id LIMIT $2`;

/** `$1`: their parents. */
export const ACCOUNTED_PARTS = ACCOUNTED_TASKS.replace(
  'parent_id IS NULL AND id > $1 ORDER BY id LIMIT $2',
  'parent_id = ANY($1::text[]) ORDER BY parent_id, part',
);

/** `$1`: tasks. */
export const TOLD_OF_TASKS = `
SELECT subject, kind, tenant_id AS "tenantId", key_id AS "keyId", amount_nano_usd::text AS amount
FROM ledger WHERE subject = ANY($1::text[])`;
