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
