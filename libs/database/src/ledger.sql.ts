import type { Transfer } from '@app/tenants';

/**
 * Writes transfers; what is there already is left out. `source`: an expression that gives JSON records, `where`: which
 * of them. In one order by everybody, so that no two writers wait for each other on the unique index;
 * the trigger then locks balances. No moment is later than Postgres's now: a clock that is ahead must not
 * open the next day.
 */
export const insertTransfers = (source: string, where = ''): string => `
  INSERT INTO ledger (subject, kind, tenant_id, key_id, model, provider, amount_nano_usd, price_version, at, source,
    tokens_in, tokens_out, tokens_cached, tokens_reasoning, tokens_audio, unit, quantity, owner)
  SELECT l.subject, l.kind, l."tenantId", l."keyId", l.model, l.provider, l."amountNanoUsd", l."priceVersion",
    least(l.at, clock_timestamp()), l.source, l."tokensIn", l."tokensOut", l."tokensCached", l."tokensReasoning", l."tokensAudio",
    l.unit, l.quantity, l.owner
  FROM jsonb_to_recordset(${source}) AS l(subject text, kind text, "tenantId" text, "keyId" text, model text, provider text,
    "amountNanoUsd" bigint, "priceVersion" text, at timestamptz, source text, "tokensIn" bigint, "tokensOut" bigint,
    "tokensCached" bigint, "tokensReasoning" bigint, "tokensAudio" bigint, unit text, quantity float8, owner text)${where}
  ORDER BY l.subject COLLATE "C", l.kind COLLATE "C"
  ON CONFLICT (subject, kind) DO NOTHING`;

export const WRITE_TRANSFERS = insertTransfers('$1::jsonb');

/** As `insertTransfers` reads them. */
export const transferRecord = ({ usage, ...transfer }: Transfer): object => ({
  ...transfer,
  ...usage,
});

const BALANCE = `scope, version::text, day::text, day_spent::text AS "daySpent", month::text, month_spent::text AS "monthSpent",
  spent::text, held::text`;

/** `$1`: scopes. */
export const BALANCES = `SELECT ${BALANCE} FROM balances WHERE scope = ANY($1::text[])`;

/**
 * A moment before which every change of a balance is visible to whoever asks after this statement: now, or
 * when the oldest transaction began that writes. Of processes under another role of Postgres nothing can be seen.
 */
export const SETTLED_UNTIL = `
SELECT least(clock_timestamp(), min(xact_start)) AS "asOf" FROM pg_stat_activity
WHERE datname = current_database() AND backend_xid IS NOT NULL`;

/** `$1`: since when; null: all. */
export const CHANGED_BALANCES = `
SELECT ${BALANCE} FROM balances WHERE $1::timestamptz IS NULL OR changed_at >= $1::timestamptz`;

export const BEAT = `
INSERT INTO ledger_owners (owner, seen_at) VALUES ($1, clock_timestamp())
ON CONFLICT (owner) DO UPDATE SET seen_at = excluded.seen_at`;

const OPEN_HOLD = `h.subject, h.tenant_id AS "tenantId", h.key_id AS "keyId", h.model, h.provider,
  h.amount_nano_usd::text AS "amountNanoUsd", h.price_version AS "priceVersion", h.at, h.owner`;

/** `$1`: owners, `$2`: milliseconds. */
export const HEARD_OF = `
SELECT owner FROM ledger_owners
WHERE owner = ANY($1::text[]) AND seen_at > clock_timestamp() - $2 * interval '1 millisecond'`;

/**
 * `$1`: milliseconds of silence, `$2`: how many. A process that never beat counts from its hold on. A charge or
 * a loss is written together with the release of its hold, so a hold beside one came after it. Read in the
 * order of their index (`OFFSET 0` keeps it): holds of tasks, far more, stand in the same table.
 */
export const ABANDONED_HOLDS = `
SELECT ${OPEN_HOLD}
FROM (SELECT * FROM ledger_holds WHERE owner IS NOT NULL ORDER BY owner OFFSET 0) AS h LEFT JOIN ledger_owners o ON o.owner = h.owner
LEFT JOIN LATERAL (
  SELECT true AS ended FROM ledger l WHERE l.subject = h.subject AND l.kind IN ('charge', 'lost') LIMIT 1
) AS outcome ON true
WHERE h.at <= clock_timestamp() - $1 * interval '1 millisecond'
  AND (o.seen_at IS NULL OR o.seen_at <= clock_timestamp() - $1 * interval '1 millisecond'
    OR outcome.ended)
ORDER BY h.owner, h.subject COLLATE "C" LIMIT $2`;

/** `$1`: subjects. */
export const LOST = `SELECT subject, amount_nano_usd::text AS amount FROM ledger WHERE subject = ANY($1::text[]) AND kind = 'lost'`;

/** Owners that are long gone and hold nothing. */
export const FORGET_OWNERS = `
DELETE FROM ledger_owners o WHERE o.seen_at < clock_timestamp() - interval '1 day'
  AND NOT EXISTS (SELECT 1 FROM ledger_holds h WHERE h.owner = o.owner)`;
