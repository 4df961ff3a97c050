/**
 * Each version of a row has the id of the transaction that wrote it, so the digest is another one after
 * every change, a removal included, however close together they come.
 */
export const EPOCH = `
SELECT md5(
  coalesce((SELECT string_agg(name || ' ' || xmin::text, ',' ORDER BY name) FROM upstreams), '') || '/' ||
  coalesce((SELECT string_agg(model || ' ' || xmin::text, ',' ORDER BY model) FROM routes), '')) AS epoch`;

export const UPSTREAMS = `
SELECT name, base_url AS "baseUrl", weight, inject_usage AS "injectUsage", master_key_id AS "masterKeyId", box,
  created_at AS "createdAt", changed_at AS "changedAt"
FROM upstreams ORDER BY name COLLATE "C"`;

export const ROUTES = `SELECT model, spec, changed_at AS "changedAt" FROM routes ORDER BY model COLLATE "C"`;

/** `$1`: name, `$2`: base URL, `$3`: weight, `$4`: inject usage, `$5`: id of the master key, `$6`: box. */
export const PUT_UPSTREAM = `
INSERT INTO upstreams (name, base_url, weight, inject_usage, master_key_id, box, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, clock_timestamp(), clock_timestamp())
ON CONFLICT (name) DO UPDATE SET base_url = EXCLUDED.base_url, weight = EXCLUDED.weight,
  inject_usage = EXCLUDED.inject_usage, master_key_id = EXCLUDED.master_key_id, box = EXCLUDED.box,
  changed_at = EXCLUDED.changed_at`;

export const REMOVE_UPSTREAM = `DELETE FROM upstreams WHERE name = $1 RETURNING name`;

/** `$1`: model, `$2`: all but the model. */
export const PUT_ROUTE = `
INSERT INTO routes (model, spec, changed_at) VALUES ($1, $2::jsonb, clock_timestamp())
ON CONFLICT (model) DO UPDATE SET spec = EXCLUDED.spec, changed_at = EXCLUDED.changed_at`;

export const REMOVE_ROUTE = `DELETE FROM routes WHERE model = $1 RETURNING model`;
