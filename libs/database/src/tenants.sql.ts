import { DEFAULT_PLAN } from '@app/tenants';

/** In the same transaction as every change that may take a right away. */
export const MOVE_EPOCH = 'UPDATE instance SET identity_epoch = identity_epoch + 1 WHERE id = 1';

/** `$1` of all three: the wanted keys, `[{tenantId, keyId, tenant, prefix, digest: hex}]`; ids only for new rows. */
const WANTED = `wanted AS (
  SELECT w."tenantId", w."keyId", w.tenant, w.prefix, decode(w.digest, 'hex') AS digest
  FROM jsonb_to_recordset($1::jsonb) AS w("tenantId" text, "keyId" text, tenant text, prefix text, digest text))`;

/** Makes the internal keys exactly the wanted ones; run in this order, under the table's lock. */
export const INTERNAL_KEYS = {
  addTenants: `WITH ${WANTED}
    INSERT INTO tenants (id, name, source, created_at) SELECT "tenantId", tenant, 'internal', now() FROM wanted
    ON CONFLICT (name) DO NOTHING`,
  removeKeys: `WITH ${WANTED}
    DELETE FROM tenant_keys k WHERE k.source = 'internal' AND NOT EXISTS (
      SELECT 1 FROM wanted w JOIN tenants t ON t.name = w.tenant WHERE t.id = k.tenant_id AND w.digest = k.digest)`,
  addKeys: `WITH ${WANTED}
    INSERT INTO tenant_keys (id, tenant_id, name, prefix, digest, source)
    SELECT w."keyId", t.id, 'INTERNAL_KEYS', w.prefix, w.digest, 'internal' FROM wanted w JOIN tenants t ON t.name = w.tenant
    WHERE NOT EXISTS (SELECT 1 FROM tenant_keys k WHERE k.source = 'internal' AND k.tenant_id = t.id)`,
} as const;

/** `$1`: the tenant, `$2`: its settings. No row where they are what they were. */
export const CHANGE_CALLBACKS = `UPDATE tenants SET callback_settings = $2::jsonb
  WHERE id = $1 AND callback_settings IS DISTINCT FROM $2::jsonb`;

/** The current one first: whose clock was ahead does not decide which that is. */
const NEWEST_FIRST = '(expires_at IS NULL) DESC, created_at DESC, id DESC';

export const CALLBACK_SECRETS = {
  find: `SELECT id, tenant_id AS "tenantId", box, master_key_id AS "keyId", created_at AS "createdAt", expires_at AS "expiresAt"
    FROM callback_secrets WHERE tenant_id = ANY ($1) ORDER BY ${NEWEST_FIRST}`,
  /** Before every change, so that a tenant's changes come one after the other; tasks may be made meanwhile. */
  lock: 'SELECT id FROM tenants WHERE id = $1 FOR NO KEY UPDATE',
  add: `INSERT INTO callback_secrets (id, tenant_id, box, master_key_id, created_at) VALUES ($1, $2, $3, $4, $5)`,
  unlessOneIsCurrent: 'ON CONFLICT (tenant_id) WHERE expires_at IS NULL DO NOTHING',
  retire: `UPDATE callback_secrets SET expires_at = least(coalesce(expires_at, $2), $2) WHERE tenant_id = $1`,
  /** `$2`: now, `$3`: how many may stay */
  forget: `DELETE FROM callback_secrets WHERE tenant_id = $1 AND (expires_at <= $2 OR id IN (
    SELECT id FROM callback_secrets WHERE tenant_id = $1 ORDER BY ${NEWEST_FIRST} OFFSET $3))`,
} as const;

/** The plan that governs a tenant `t`, as `p`: joined by this, its policy is `EFFECTIVE_POLICY`. */
export const JOIN_PLAN = `LEFT JOIN plans p ON p.name = coalesce(t.plan, '${DEFAULT_PLAN}')`;

/** `effectivePolicy` of @app/tenants. */
export const EFFECTIVE_POLICY = `coalesce(p.policy, '{}') || t.policy`;

/** Not the row that alerts belong to: it is in no list, and nobody gives it a key. */
export const IS_TENANT = `source <> 'operators'`;

const TENANT_COLUMNS = `t.id, t.name, t.plan, t.policy, t.created_at AS "createdAt", ${EFFECTIVE_POLICY} AS "effectivePolicy"`;

const KEY_COLUMNS = `id, tenant_id AS "tenantId", name, prefix, scopes, policy, created_at AS "createdAt",
  expires_at AS "expiresAt", revoked_at AS "revokedAt", replaced_by AS "replacedBy"`;

export const TENANTS = {
  /** `$1`: one tenant, or null for all */
  list: `SELECT ${TENANT_COLUMNS} FROM tenants t ${JOIN_PLAN} WHERE ($1::text IS NULL OR t.id = $1) AND ${IS_TENANT}
    ORDER BY t.created_at, t.id`,
  add: `INSERT INTO tenants (id, name, source, created_at, policy, plan) VALUES ($1, $2, 'admin', $3, $4::jsonb, $5)
    ON CONFLICT (name) DO NOTHING RETURNING id`,
  /** `$2`: policy or null, `$3`: whether the plan changes, `$4`: to which */
  change: `UPDATE tenants SET policy = coalesce($2::jsonb, policy), plan = CASE WHEN $3::boolean THEN $4 ELSE plan END
    WHERE id = $1 AND ${IS_TENANT}`,
} as const;

/** `$1`: the tenant. */
export const CALLBACK_RULES = `SELECT ${EFFECTIVE_POLICY} AS policy, t.callback_settings AS callbacks
  FROM tenants t ${JOIN_PLAN} WHERE t.id = $1`;

export const TENANT_KEYS = {
  /** `$1`: digest. One statement, because every request of a key that is not remembered waits for it. */
  find: `SELECT k.id AS "keyId", k.tenant_id AS "tenantId", t.name AS "tenantName", k.prefix AS "keyPrefix", k.scopes,
      ${EFFECTIVE_POLICY} AS policy, k.policy AS "keyPolicy", t.callback_settings AS callbacks, k.expires_at AS "expiresAt"
    FROM tenant_keys k JOIN tenants t ON t.id = k.tenant_id ${JOIN_PLAN}
    WHERE k.digest = $1 AND k.revoked_at IS NULL`,
  add: `INSERT INTO tenant_keys (id, tenant_id, name, prefix, digest, source, scopes, created_at, expires_at, policy)
    SELECT $1, id, $3, $4, $5, 'admin', $6, $7, $8, $9::jsonb FROM tenants WHERE id = $2 AND ${IS_TENANT} RETURNING id`,
  list: `SELECT ${KEY_COLUMNS} FROM tenant_keys WHERE tenant_id = $1 ORDER BY created_at, id`,
  lock: `SELECT id, source = 'internal' AS "isInternal", created_at AS "createdAt", expires_at AS "expiresAt",
      revoked_at AS "revokedAt", replaced_by AS "replacedBy"
    FROM tenant_keys WHERE tenant_id = $1 AND id = $2 FOR UPDATE`,
  /** `$5`: whether the expiry changes, `$6`: to when; the rest is null where it stays */
  change: `UPDATE tenant_keys SET name = coalesce($2, name), scopes = coalesce($3, scopes), policy = coalesce($4::jsonb, policy),
      expires_at = CASE WHEN $5::boolean THEN $6::timestamptz ELSE expires_at END
    WHERE id = $1 RETURNING ${KEY_COLUMNS}`,
  /** `$1`: whose place the new one takes */
  succeed: `INSERT INTO tenant_keys (id, tenant_id, name, prefix, digest, source, scopes, policy, created_at, expires_at)
    SELECT $2, tenant_id, name, $3, $4, source, scopes, policy, $5, $6 FROM tenant_keys WHERE id = $1
    RETURNING ${KEY_COLUMNS}`,
  retire: 'UPDATE tenant_keys SET expires_at = $2, replaced_by = $3 WHERE id = $1',
  /** `$1`: ids of keys */
  inForce: `SELECT k.id, k.scopes, ${EFFECTIVE_POLICY} AS policy, k.policy AS "keyPolicy", k.expires_at AS "expiresAt"
    FROM tenant_keys k JOIN tenants t ON t.id = k.tenant_id ${JOIN_PLAN}
    WHERE k.id = ANY ($1) AND k.revoked_at IS NULL`,
} as const;

export const PLANS = {
  /** `$1`: one plan, or null for all */
  list: `SELECT p.name, p.policy, p.changed_at AS "changedAt", (SELECT count(*) FROM tenants t WHERE t.plan = p.name)::int AS tenants
    FROM plans p WHERE $1::text IS NULL OR p.name = $1 ORDER BY p.name COLLATE "C"`,
  put: `INSERT INTO plans (name, policy, changed_at) VALUES ($1, $2::jsonb, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET policy = excluded.policy, changed_at = excluded.changed_at
    RETURNING name, policy, changed_at AS "changedAt", (SELECT count(*) FROM tenants t WHERE t.plan = $1)::int AS tenants`,
  /** Before a tenant is given the plan, so that it cannot go meanwhile. */
  keep: 'SELECT FROM plans WHERE name = $1 FOR KEY SHARE',
  lock: 'SELECT FROM plans WHERE name = $1 FOR UPDATE',
  users: 'SELECT count(*)::int AS tenants FROM tenants WHERE plan = $1',
  remove: 'DELETE FROM plans WHERE name = $1',
} as const;
