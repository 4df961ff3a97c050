/** As `Credential` has it. */
const COLUMNS = `id, provider, label, account, weight, base_url AS "baseUrl", state, step, step_seconds AS "stepSeconds",
  replaces, unanswered, refusal, note, box IS NOT NULL AS "hasSecret", version, created_at AS "createdAt", since, steps`;

export const EPOCH = `SELECT credentials_epoch::text AS epoch FROM instance WHERE id = 1`;

export const SEALED = `
SELECT ${COLUMNS}, box, master_key_id AS "masterKeyId" FROM credentials WHERE box IS NOT NULL ORDER BY created_at, id`;

export const LIST = `SELECT ${COLUMNS}, clock_timestamp() AS now FROM credentials ORDER BY created_at, id`;

/** `$1`: id. Nobody begins to replace it twice, or after it began to drain. */
export const LOCK_REPLACED = `
SELECT state, (SELECT id FROM credentials r WHERE r.replaces = c.id AND r.state IN ('probing', 'shifting')) AS "replacedBy"
FROM credentials c WHERE id = $1 FOR UPDATE`;

/** `$1`: account. */
export const SAME_KEY = `SELECT id FROM credentials WHERE account = $1 AND box IS NOT NULL`;

export const ADD = `
INSERT INTO credentials (id, provider, label, account, box, master_key_id, weight, base_url, state, step_seconds, replaces,
  steps, created_at, changed_at, since)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'probing', $9, $10,
  jsonb_build_array(jsonb_build_object('at', clock_timestamp(), 'state', 'probing')), clock_timestamp(), clock_timestamp(), clock_timestamp())
ON CONFLICT DO NOTHING RETURNING id`;

export const CHANGE = `
UPDATE credentials SET weight = coalesce($2, weight), label = coalesce($3, label), changed_at = clock_timestamp()
WHERE id = $1 RETURNING id`;

/**
 * `$1`: id, `$2`: version, `$3`: state, `$4`: step, `$5`: unanswered, `$6`: note, `$7`: erases, `$8`: what
 * is shown of it, or null. A probe that is made again waits a moment.
 */
export const MOVE = `
UPDATE credentials SET state = $3, step = $4, unanswered = $5, note = $6, version = version + 1,
  box = CASE WHEN $7 THEN NULL ELSE box END, master_key_id = CASE WHEN $7 THEN NULL ELSE master_key_id END,
  probe_at = clock_timestamp() + interval '3 seconds', changed_at = clock_timestamp(),
  since = CASE WHEN $8::jsonb IS NULL THEN since ELSE clock_timestamp() END,
  steps = CASE WHEN $8::jsonb IS NULL THEN steps ELSE steps || (jsonb_build_object('at', clock_timestamp()) || $8::jsonb) END
WHERE id = $1 AND version = $2`;

export const CLAIM_PROBE = `
UPDATE credentials SET probe_at = clock_timestamp() + interval '30 seconds'
WHERE id = $1 AND version = $2 AND state = 'probing' AND (probe_at IS NULL OR probe_at <= clock_timestamp()) RETURNING id`;

export const NOTE_REFUSAL = `
UPDATE credentials SET refusal = $2, changed_at = clock_timestamp()
WHERE account = $1 AND state = 'shifting' AND refusal IS NULL`;

/** `$1`: provider, `$2`: account. A result that is being archived may need its vendor once more. */
export const IN_FLIGHT = `
SELECT count(*)::int AS count FROM tasks t
WHERE t.next_action_at IS NOT NULL AND t.provider = $1 AND (t.account = $2 OR (t.status IN ('handling', 'archiving')
  AND EXISTS (SELECT 1 FROM attempts a WHERE a.task_id = t.id AND a.account = $2 AND a.state NOT IN ('failed', 'unknown'))))`;

export const REMOVE = `DELETE FROM credentials WHERE id = $1 AND box IS NULL RETURNING id`;
