/** Whoever holds a key is heard of more often than this; by the clock of Postgres. */
const LEASE = `interval '15 seconds'`;

/** Kept for a day from its beginning. */
const KEPT = `interval '24 hours'`;

/**
 * `$1`: tenant, `$2`: key, `$3`: ticket, `$4`: fingerprint, `$5`: request, `$6`: object. A row when the key was
 * free, or had expired: its object is then one that no row names.
 */
export const CLAIM_REPLAY = `
INSERT INTO replays AS r (tenant_id, key, owner, fingerprint, request_id, object_key, state, lease_until, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, 'processing', now() + ${LEASE}, now(), now() + ${KEPT})
ON CONFLICT (tenant_id, key) DO UPDATE SET owner = excluded.owner, fingerprint = excluded.fingerprint,
  request_id = excluded.request_id, object_key = excluded.object_key, state = excluded.state,
  lease_until = excluded.lease_until, created_at = excluded.created_at, expires_at = excluded.expires_at,
  status = NULL, headers = NULL, bytes = NULL
WHERE r.expires_at <= now()
RETURNING 1`;

/** Whoever does not renew its lease has died in the middle; nobody has to notice it first. */
export const FIND_REPLAY = `
SELECT fingerprint, request_id AS "requestId", object_key AS "objectKey", status, headers,
  CASE WHEN state = 'processing' AND lease_until <= now() THEN 'unknown' ELSE state END AS state
FROM replays WHERE tenant_id = $1 AND key = $2`;

/** `$1`: tenants, `$2`: keys. */
export const REPLAYS_UNDER_WAY = `
SELECT r.tenant_id AS "tenantId", r.key FROM replays r
JOIN unnest($1::text[], $2::text[]) AS asked(tenant_id, key) ON r.tenant_id = asked.tenant_id AND r.key = asked.key
WHERE r.state = 'processing' AND r.lease_until > now()`;

/** `$1`: tenants, `$2`: keys, `$3`: tickets. In the order of their key, as whoever else locks several does. */
export const RENEW_REPLAYS = `
UPDATE replays r SET lease_until = now() + ${LEASE} FROM (
  SELECT r.tenant_id, r.key FROM replays r
  JOIN unnest($1::text[], $2::text[], $3::text[]) AS held(tenant_id, key, owner)
    ON r.tenant_id = held.tenant_id AND r.key = held.key AND r.owner = held.owner
  WHERE r.state = 'processing' ORDER BY r.tenant_id, r.key FOR UPDATE OF r) AS live
WHERE r.tenant_id = live.tenant_id AND r.key = live.key`;

/** `$1`: tenant, `$2`: key, `$3`: ticket, `$4`: state, `$5`: status, `$6`: headers, `$7`: bytes. The same end again is fine. */
export const END_REPLAY = `
UPDATE replays SET state = $4, status = $5, headers = $6, bytes = $7
WHERE tenant_id = $1 AND key = $2 AND owner = $3 AND state IN ('processing', $4) AND expires_at > now()
RETURNING 1`;

/** `$1`: tenant, `$2`: key, `$3`: ticket. */
export const RELEASE_REPLAY = `
DELETE FROM replays WHERE tenant_id = $1 AND key = $2 AND owner = $3 AND state = 'processing'`;
