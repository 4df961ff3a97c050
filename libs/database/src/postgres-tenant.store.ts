import { GatewayError } from '@app/errors';
import {
  type CallbackRules,
  type CallbackSettings,
  type GovernedTenant,
  type Identity,
  type InternalKeyRow,
  type KeyRights,
  type KeyRotation,
  type NewTenantKeyRow,
  newTenant,
  type RotatedKey,
  type SealedSecret,
  type Tenant,
  type TenantChange,
  type TenantKey,
  type TenantKeyChange,
  TenantStore,
} from '@app/tenants';
import type { PoolClient } from 'pg';
import { ulid } from 'ulid';
import { changeKey, rotateKey } from './change-keys.js';
import type { Database } from './database.js';
import {
  CALLBACK_RULES,
  CALLBACK_SECRETS,
  CHANGE_CALLBACKS,
  INTERNAL_KEYS,
  MOVE_EPOCH,
  PLANS,
  TENANT_KEYS,
  TENANTS,
} from './tenants.sql.js';

export class PostgresTenantStore extends TenantStore {
  constructor(private readonly database: Database) {
    super();
  }

  async findKey(digest: Buffer): Promise<Identity | null> {
    const [row] = await this.database.query<Row<Identity>>(TENANT_KEYS.find, [digest]);
    return row ?? null;
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

  async createTenant(tenant: Tenant): Promise<GovernedTenant> {
    const { id, name, createdAt, policy, plan } = tenant;
    return await this.database.transaction(async (client) => {
      await keepPlan(client, plan);
      const values = [id, name, createdAt, JSON.stringify(policy), plan];
      const made = await client.query(TENANTS.add, values);
      const kept = made.rowCount ? await readTenant(client, id) : null;
      if (kept) return kept;
      throw new GatewayError('INVALID_REQUEST', `A tenant named "${name}" exists already.`, {
        param: 'name',
      });
    });
  }

  async listTenants(): Promise<readonly GovernedTenant[]> {
    return await this.database.query<Row<GovernedTenant>>(TENANTS.list, [null]);
  }

  async findTenant(tenantId: string): Promise<GovernedTenant | null> {
    const [row] = await this.database.query<Row<GovernedTenant>>(TENANTS.list, [tenantId]);
    return row ?? null;
  }

  async changeTenant(
    tenantId: string,
    { plan, policy }: TenantChange,
  ): Promise<GovernedTenant | null> {
    return await this.database.transaction(async (client) => {
      await keepPlan(client, plan ?? null);
      const changed = await client.query(TENANTS.change, [
        tenantId,
        policy ? JSON.stringify(policy) : null,
        plan !== undefined,
        plan ?? null,
      ]);
      if (!changed.rowCount) return null;
      await client.query(MOVE_EPOCH);
      return await readTenant(client, tenantId);
    });
  }

  async callbackRules(tenantId: string): Promise<CallbackRules | null> {
    const [row] = await this.database.query<Row<CallbackRules>>(CALLBACK_RULES, [tenantId]);
    return row ?? null;
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
    const made = await this.database.query(TENANT_KEYS.add, [
      key.id,
      key.tenantId,
      key.name,
      key.prefix,
      key.digest,
      key.scopes,
      key.createdAt,
      key.expiresAt,
      JSON.stringify(key.policy),
    ]);
    if (made.length === 0) throw new GatewayError('NOT_FOUND', `No tenant ${key.tenantId}.`);
  }

  async listKeys(tenantId: string): Promise<readonly TenantKey[]> {
    return await this.database.query<Row<TenantKey>>(TENANT_KEYS.list, [tenantId]);
  }

  async changeKey(
    tenantId: string,
    keyId: string,
    change: TenantKeyChange,
  ): Promise<TenantKey | null> {
    return await this.database.transaction(
      async (client) => await changeKey(client, [tenantId, keyId], change),
    );
  }

  async rotateKey(
    tenantId: string,
    keyId: string,
    rotation: KeyRotation,
  ): Promise<RotatedKey | null> {
    return await this.database.transaction(
      async (client) => await rotateKey(client, [tenantId, keyId], rotation),
    );
  }

  async keysInForce(keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyRights>> {
    const rows = await this.database.query<Row<KeyRights & { readonly id: string }>>(
      TENANT_KEYS.inForce,
      [keyIds],
    );
    return new Map(rows.map(({ id, ...rights }) => [id, rights]));
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

/** Only this lib writes these tables, from values of these types. */
type Row<Shape> = Shape & { readonly [column: string]: unknown };

async function readTenant(client: PoolClient, id: string): Promise<GovernedTenant | null> {
  const { rows } = await client.query<GovernedTenant>(TENANTS.list, [id]);
  return rows[0] ?? null;
}

/** @throws GatewayError INVALID_REQUEST when there is no such plan; it cannot go before the commit */
async function keepPlan(client: PoolClient, plan: string | null): Promise<void> {
  if (plan === null) return;
  const found = await client.query(PLANS.keep, [plan]);
  if (found.rowCount) return;
  const message = `There is no plan "${plan}"; PUT /admin/plans/${plan} makes it.`;
  throw new GatewayError('INVALID_REQUEST', message, { param: 'plan' });
}
