import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@app/errors';
import { type CallbackSettings, type Identity, SCOPES } from '../identity.js';
import type { Policy } from '../policy.js';
import {
  type CallbackRules,
  type InternalKeyRow,
  type NewTenantKeyRow,
  type SealedSecret,
  type Tenant,
  type TenantKey,
  TenantStore,
} from '../tenant.store.js';

interface KeyRow extends TenantKey {
  readonly digest: Buffer;
  readonly internal: boolean;
}

/** The store's promises on three lists; the contract suite keeps it honest. */
export class InMemoryTenantStore extends TenantStore {
  private readonly tenants: Tenant[] = [];
  private keys: KeyRow[] = [];
  private secrets: SealedSecret[] = [];
  private readonly callbacks = new Map<string, CallbackSettings>();
  private changes = 0;

  override async findKey(digest: Buffer): Promise<Identity | null> {
    const key = this.keys.find((row) => !row.revokedAt && row.digest.equals(digest));
    const tenant = this.tenants.find(({ id }) => id === key?.tenantId);
    if (!key || !tenant) return null;
    return {
      tenantId: tenant.id,
      tenantName: tenant.name,
      keyId: key.id,
      keyPrefix: key.prefix,
      scopes: key.scopes,
      policy: tenant.policy,
      keyPolicy: {},
      callbacks: this.callbacks.get(tenant.id) ?? {},
      expiresAt: key.expiresAt,
    };
  }

  override async epoch(): Promise<string> {
    return String(this.changes);
  }

  override async upsertInternal(entries: readonly InternalKeyRow[]): Promise<void> {
    const wanted = entries.map((entry) => ({ entry, tenantId: this.internalTenant(entry.tenant) }));
    const isWanted = (row: KeyRow): boolean =>
      wanted.some(
        ({ entry, tenantId }) => row.tenantId === tenantId && row.digest.equals(entry.digest),
      );
    const isGone = (row: KeyRow): boolean => row.internal && !row.revokedAt && !isWanted(row);
    if (this.keys.some(isGone)) this.changes += 1;
    this.keys = this.keys.map((row) => (isGone(row) ? { ...row, revokedAt: new Date() } : row));
    for (const { entry, tenantId } of wanted) this.addInternal(entry, tenantId);
  }

  override async createTenant(tenant: Tenant): Promise<void> {
    if (this.tenants.some(({ name }) => name === tenant.name)) {
      throw new GatewayError('INVALID_REQUEST', `There is a tenant "${tenant.name}" already.`, {
        param: 'name',
      });
    }
    this.tenants.push(tenant);
  }

  override async changePolicy(tenantId: string, policy: Policy): Promise<Tenant | null> {
    const index = this.tenants.findIndex(({ id }) => id === tenantId);
    const tenant = this.tenants[index];
    if (!tenant) return null;
    const changed = { ...tenant, policy };
    this.tenants[index] = changed;
    this.changes += 1;
    return changed;
  }

  override async callbackRules(tenantId: string): Promise<CallbackRules | null> {
    const tenant = this.tenants.find(({ id }) => id === tenantId);
    return tenant ? { policy: tenant.policy, callbacks: this.callbacks.get(tenantId) ?? {} } : null;
  }

  override async changeCallbacks(tenantId: string, callbacks: CallbackSettings): Promise<boolean> {
    const rules = await this.callbackRules(tenantId);
    if (!rules || isDeepStrictEqual(rules.callbacks, callbacks)) return rules !== null;
    this.callbacks.set(tenantId, callbacks);
    this.changes += 1;
    return true;
  }

  override async listTenants(): Promise<readonly Tenant[]> {
    return this.tenants.toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt));
  }

  override async createKey(key: NewTenantKeyRow): Promise<void> {
    if (!this.tenants.some(({ id }) => id === key.tenantId)) {
      throw new GatewayError('NOT_FOUND', `No tenant ${key.tenantId}`);
    }
    this.keys.push({ ...key, revokedAt: null, internal: false });
  }

  override async listKeys(tenantId: string): Promise<readonly TenantKey[]> {
    return this.keys
      .filter((key) => key.tenantId === tenantId)
      .toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt))
      .map(({ digest: _digest, internal: _internal, ...key }) => key);
  }

  override async revokeKey(tenantId: string, keyId: string): Promise<boolean> {
    const index = this.keys.findIndex((key) => key.id === keyId && key.tenantId === tenantId);
    const key = this.keys[index];
    if (!key) return false;
    if (key.revokedAt) return true;
    this.keys[index] = { ...key, revokedAt: new Date() };
    this.changes += 1;
    return true;
  }

  override async callbackSecrets(tenantIds: readonly string[]): Promise<readonly SealedSecret[]> {
    return this.secrets
      .filter(({ tenantId }) => tenantIds.includes(tenantId))
      .toSorted(
        (a, b) =>
          Number(a.expiresAt !== null) - Number(b.expiresAt !== null) ||
          Number(b.createdAt) - Number(a.createdAt),
      );
  }

  override async addFirstCallbackSecret(secret: SealedSecret): Promise<void> {
    const isCurrent = (kept: SealedSecret): boolean =>
      kept.tenantId === secret.tenantId && !kept.expiresAt;
    if (!this.secrets.some(isCurrent)) this.secrets.push(secret);
  }

  override async replaceCallbackSecret(
    next: SealedSecret,
    retireAt: Date,
    keep: number,
  ): Promise<void> {
    const others = this.secrets.filter(({ tenantId }) => tenantId !== next.tenantId);
    const replaced = await this.callbackSecrets([next.tenantId]);
    const own = [next, ...replaced.map((secret) => retired(secret, retireAt))];
    const inForce = own.filter(({ expiresAt }) => !expiresAt || expiresAt > next.createdAt);
    this.secrets = [...others, ...inForce.slice(0, keep)];
  }

  private internalTenant(name: string): string {
    const known = this.tenants.find((tenant) => tenant.name === name);
    if (known) return known.id;
    const id = `tn_internal_${name}`;
    this.tenants.push({ id, name, policy: {}, createdAt: new Date() });
    return id;
  }

  private addInternal({ digest, prefix }: InternalKeyRow, tenantId: string): void {
    const isKept = ({ digest: kept, ...row }: KeyRow): boolean =>
      row.internal && !row.revokedAt && row.tenantId === tenantId && kept.equals(digest);
    if (this.keys.some(isKept)) return;
    this.keys.push({
      id: `key_internal_${this.keys.length}`,
      tenantId,
      name: 'INTERNAL_KEYS',
      prefix,
      scopes: SCOPES,
      createdAt: new Date(),
      expiresAt: null,
      revokedAt: null,
      digest,
      internal: true,
    });
  }
}

const retired = (secret: SealedSecret, retireAt: Date): SealedSecret =>
  secret.expiresAt && secret.expiresAt < retireAt ? secret : { ...secret, expiresAt: retireAt };
