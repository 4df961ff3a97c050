import { GatewayError } from '@app/errors';
import {
  type CallbackRules,
  type CallbackSettings,
  type Identity,
  type InternalKeyRow,
  type NewTenantKeyRow,
  newTenant,
  type Policy,
  type Scope,
  type SealedSecret,
  type Tenant,
  type TenantKey,
  TenantStore,
} from '@app/tenants';
import { ulid } from 'ulid';
import type { Database } from './database.js';
import type { Tenant as TenantRow, TenantKey as KeyRow } from './generated/client.js';
import { CALLBACK_SECRETS, CHANGE_CALLBACKS, INTERNAL_KEYS, MOVE_EPOCH } from './tenants.sql.js';

export class PostgresTenantStore extends TenantStore {
  constructor(private readonly database: Database) {
    super();
  }

  async findKey(digest: Buffer): Promise<Identity | null> {
    const row = await this.database.read(
      async (prisma) =>
        await prisma.tenantKey.findFirst({
          where: { digest: new Uint8Array(digest), revokedAt: null },
          include: { tenant: true },
        }),
    );
    if (!row) return null;
    const { id, tenantId, prefix, expiresAt, tenant } = row;
    return {
      tenantId,
      tenantName: tenant.name,
      keyId: id,
      keyPrefix: prefix,
      scopes: scopesOf(row),
      policy: policyOf(tenant),
      keyPolicy: {},
      callbacks: callbacksOf(tenant),
      expiresAt,
    };
  }

  async epoch(): Promise<string> {
    const [row] = await this.database.query<{ epoch: string }>(
      'SELECT identity_epoch::text AS epoch FROM instance WHERE id = 1',
      [],
    );
    return row?.epoch ?? '';
  }

  async upsertInternal(entries: readonly InternalKeyRow[]): Promise<void> {
    const now = new Date();
    const wanted = entries.map(({ tenant, digest, prefix }) => ({
      tenantId: newTenant(tenant, now).id,
      keyId: `key_${ulid(now.getTime())}`,
      tenant,
      prefix,
      digest: digest.toString('hex'),
    }));
    await this.database.transaction(async (client) => {
      await client.query('LOCK TABLE tenant_keys IN SHARE ROW EXCLUSIVE MODE');
      const values = [JSON.stringify(wanted)];
      await client.query(INTERNAL_KEYS.addTenants, values);
      const removed = await client.query(INTERNAL_KEYS.removeKeys, values);
      await client.query(INTERNAL_KEYS.addKeys, values);
      if (removed.rowCount) await client.query(MOVE_EPOCH);
    });
  }

  async createTenant(tenant: Tenant): Promise<void> {
    const made = await this.database.query(
      `INSERT INTO tenants (id, name, source, created_at, policy) VALUES ($1, $2, 'admin', $3, $4::jsonb)
       ON CONFLICT (name) DO NOTHING RETURNING id`,
      [tenant.id, tenant.name, tenant.createdAt, JSON.stringify(tenant.policy)],
    );
    if (made.length > 0) return;
    throw new GatewayError('INVALID_REQUEST', `A tenant named "${tenant.name}" exists already.`, {
      param: 'name',
    });
  }

  async listTenants(): Promise<readonly Tenant[]> {
    const rows = await this.database.read(
      async (prisma) =>
        await prisma.tenant.findMany({
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
          omit: { callbackSettings: true },
        }),
    );
    return rows.map(toTenant);
  }

  async changePolicy(tenantId: string, policy: Policy): Promise<Tenant | null> {
    return await this.database.transaction(async (client) => {
      const { rows } = await client.query<TenantRow>(
        `UPDATE tenants SET policy = $2::jsonb WHERE id = $1 RETURNING id, name, policy, created_at AS "createdAt"`,
        [tenantId, JSON.stringify(policy)],
      );
      const [row] = rows;
      if (!row) return null;
      await client.query(MOVE_EPOCH);
      return toTenant(row);
    });
  }

  async callbackRules(tenantId: string): Promise<CallbackRules | null> {
    const row = await this.database.read(
      async (prisma) =>
        await prisma.tenant.findUnique({
          where: { id: tenantId },
          select: { policy: true, callbackSettings: true },
        }),
    );
    return row && { policy: policyOf(row), callbacks: callbacksOf(row) };
  }

  async changeCallbacks(tenantId: string, callbacks: CallbackSettings): Promise<boolean> {
    return await this.database.transaction(async (client) => {
      const found = await client.query('SELECT FROM tenants WHERE id = $1 FOR NO KEY UPDATE', [
        tenantId,
      ]);
      if (found.rowCount === 0) return false;
      const changed = await client.query(CHANGE_CALLBACKS, [tenantId, JSON.stringify(callbacks)]);
      if (changed.rowCount) await client.query(MOVE_EPOCH);
      return true;
    });
  }

  async createKey(key: NewTenantKeyRow): Promise<void> {
    const made = await this.database.query(
      `INSERT INTO tenant_keys (id, tenant_id, name, prefix, digest, source, scopes, created_at, expires_at)
       SELECT $1, id, $3, $4, $5, 'admin', $6, $7, $8 FROM tenants WHERE id = $2 RETURNING id`,
      [
        key.id,
        key.tenantId,
        key.name,
        key.prefix,
        key.digest,
        key.scopes,
        key.createdAt,
        key.expiresAt,
      ],
    );
    if (made.length === 0) throw new GatewayError('NOT_FOUND', `No tenant ${key.tenantId}.`);
  }

  async listKeys(tenantId: string): Promise<readonly TenantKey[]> {
    const rows = await this.database.read(
      async (prisma) =>
        await prisma.tenantKey.findMany({
          where: { tenantId },
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        }),
    );
    return rows.map(({ digest: _, source: __, ...row }) => ({ ...row, scopes: scopesOf(row) }));
  }

  async revokeKey(tenantId: string, keyId: string): Promise<boolean> {
    return await this.database.transaction(async (client) => {
      const found = await client.query(
        'SELECT revoked_at FROM tenant_keys WHERE tenant_id = $1 AND id = $2 FOR UPDATE',
        [tenantId, keyId],
      );
      if (found.rowCount === 0) return false;
      const revoked = await client.query(
        'UPDATE tenant_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL',
        [keyId],
      );
      if (revoked.rowCount) await client.query(MOVE_EPOCH);
      return true;
    });
  }

  async callbackSecrets(tenantIds: readonly string[]): Promise<readonly SealedSecret[]> {
    return await this.database.query<SealedSecret & { [column: string]: unknown }>(
      CALLBACK_SECRETS.find,
      [tenantIds],
    );
  }

  async addFirstCallbackSecret(secret: SealedSecret): Promise<void> {
    await this.database.transaction(async (client) => {
      await client.query(CALLBACK_SECRETS.lock, [secret.tenantId]);
      await client.query(`${CALLBACK_SECRETS.add} ${CALLBACK_SECRETS.unlessOneIsCurrent}`, [
        ...columnsOf(secret),
      ]);
    });
  }

  async replaceCallbackSecret(next: SealedSecret, retireAt: Date, keep: number): Promise<void> {
    await this.database.transaction(async (client) => {
      await client.query(CALLBACK_SECRETS.lock, [next.tenantId]);
      await client.query(CALLBACK_SECRETS.retire, [next.tenantId, retireAt]);
      await client.query(CALLBACK_SECRETS.add, [...columnsOf(next)]);
      await client.query(CALLBACK_SECRETS.forget, [next.tenantId, next.createdAt, keep]);
    });
  }
}

const columnsOf = ({ id, tenantId, box, keyId, createdAt }: SealedSecret) =>
  [id, tenantId, box, keyId, createdAt] as const;

const toTenant = (row: Pick<TenantRow, 'id' | 'name' | 'policy' | 'createdAt'>): Tenant => ({
  id: row.id,
  name: row.name,
  policy: policyOf(row),
  createdAt: row.createdAt,
});

/** Only this lib writes these columns, from values of these types. */
const policyOf = (row: Pick<TenantRow, 'policy'>): Policy => row.policy as Policy;
const callbacksOf = (row: Pick<TenantRow, 'callbackSettings'>): CallbackSettings =>
  row.callbackSettings as CallbackSettings;
const scopesOf = (row: Pick<KeyRow, 'scopes'>): readonly Scope[] => row.scopes as Scope[];
