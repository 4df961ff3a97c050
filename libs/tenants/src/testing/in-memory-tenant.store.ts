import { isDeepStrictEqual } from 'node:util';
import { GatewayError } from '@app/errors';
import { type CallbackSettings, type Identity, type KeyRights, SCOPES } from '../identity.js';
import {
  refuseUnchangeable,
  refuseUnrotatable,
  retirement,
  successorExpiry,
} from '../key-changes.js';
import { DEFAULT_PLAN } from '../plan.store.js';
import { effectivePolicy, type Policy } from '../policy.js';
import {
  type CallbackRules,
  type GovernedTenant,
  type InternalKeyRow,
  type KeyRotation,
  type NewTenantKeyRow,
  type RotatedKey,
  type SealedSecret,
  type Tenant,
  type TenantChange,
  type TenantKey,
  type TenantKeyChange,
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
  /** Shared with `InMemoryPlanStore`. */
  readonly plans = new Map<string, { readonly policy: Policy; readonly changedAt: Date }>();

  /** What every change of a plan does too. */
  moveEpoch(): void {
    this.changes += 1;
  }

  countOf(plan: string): number {
    return this.tenants.filter((tenant) => tenant.plan === plan).length;
  }

  override async findKey(digest: Buffer): Promise<Identity | null> {
    const key = this.keys.find((row) => !row.revokedAt && row.digest.equals(digest));
    return key ? this.identity(key) : null;
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

  override async createTenant(tenant: Tenant): Promise<GovernedTenant> {
    if (this.tenants.some(({ name }) => name === tenant.name)) {
      throw new GatewayError('INVALID_REQUEST', `There is a tenant "${tenant.name}" already.`, {
        param: 'name',
      });
    }
    this.requirePlan(tenant.plan);
    this.tenants.push(tenant);
    return this.governed(tenant);
  }

  override async changeTenant(
    tenantId: string,
    { plan, policy }: TenantChange,
  ): Promise<GovernedTenant | null> {
    const index = this.tenants.findIndex(({ id }) => id === tenantId);
    const tenant = this.tenants[index];
    if (!tenant) return null;
    this.requirePlan(plan ?? null);
    const changed = {
      ...tenant,
      ...(policy && { policy }),
      ...(plan !== undefined && { plan }),
    };
    this.tenants[index] = changed;
    this.moveEpoch();
    return this.governed(changed);
  }

  override async callbackRules(tenantId: string): Promise<CallbackRules | null> {
    const tenant = await this.findTenant(tenantId);
    const callbacks = this.callbacks.get(tenantId) ?? {};
    return tenant && { policy: tenant.effectivePolicy, callbacks };
  }

  override async changeCallbacks(tenantId: string, callbacks: CallbackSettings): Promise<boolean> {
    const rules = await this.callbackRules(tenantId);
    if (!rules || isDeepStrictEqual(rules.callbacks, callbacks)) return rules !== null;
    this.callbacks.set(tenantId, callbacks);
    this.changes += 1;
    return true;
  }

  override async listTenants(): Promise<readonly GovernedTenant[]> {
    return this.tenants
      .toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt))
      .map((tenant) => this.governed(tenant));
  }

  override async findTenant(tenantId: string): Promise<GovernedTenant | null> {
    const tenant = this.tenants.find(({ id }) => id === tenantId);
    return tenant ? this.governed(tenant) : null;
  }

  override async createKey(key: NewTenantKeyRow): Promise<void> {
    if (!this.tenants.some(({ id }) => id === key.tenantId)) {
      throw new GatewayError('NOT_FOUND', `No tenant ${key.tenantId}`);
    }
    this.keys.push({ ...key, revokedAt: null, replacedBy: null, internal: false });
  }

  override async listKeys(tenantId: string): Promise<readonly TenantKey[]> {
    return this.keys
      .filter((key) => key.tenantId === tenantId)
      .toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt))
      .map(shownKey);
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

  override async changeKey(
    tenantId: string,
    keyId: string,
    { name, scopes, policy, expiresAt }: TenantKeyChange,
  ): Promise<TenantKey | null> {
    const key = this.keyOf(tenantId, keyId);
    if (!key) return null;
    refuseUnchangeable({ ...key, isInternal: key.internal });
    return this.replaceKey({
      ...key,
      ...(name !== undefined && { name }),
      ...(scopes && { scopes }),
      ...(policy && { policy }),
      ...(expiresAt !== undefined && { expiresAt }),
    });
  }

  override async rotateKey(
    tenantId: string,
    keyId: string,
    { next, retireAt }: KeyRotation,
  ): Promise<RotatedKey | null> {
    const key = this.keyOf(tenantId, keyId);
    if (!key) return null;
    refuseUnrotatable({ ...key, isInternal: key.internal }, next.createdAt);
    const added = { ...key, ...next, expiresAt: successorExpiry(key, next.createdAt) };
    this.keys.push(added);
    const previousExpiresAt = retirement(key, retireAt);
    this.replaceKey({ ...key, expiresAt: previousExpiresAt, replacedBy: next.id });
    return { key: shownKey(added), previousExpiresAt };
  }

  override async keysInForce(keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyRights>> {
    const inForce = this.keys.filter(({ id, revokedAt }) => !revokedAt && keyIds.includes(id));
    return new Map(inForce.map((key) => [key.id, rightsOf(this.identity(key))]));
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
    this.tenants.push({ id, name, plan: null, policy: {}, createdAt: new Date() });
    return id;
  }

  private identity(key: KeyRow): Identity {
    const tenant = this.tenants.find(({ id }) => id === key.tenantId);
    if (!tenant) throw new Error(`${key.id} is of no tenant`);
    return {
      tenantId: tenant.id,
      tenantName: tenant.name,
      keyId: key.id,
      keyPrefix: key.prefix,
      scopes: key.scopes,
      policy: this.governed(tenant).effectivePolicy,
      keyPolicy: key.policy,
      callbacks: this.callbacks.get(tenant.id) ?? {},
      expiresAt: key.expiresAt,
    };
  }

  private governed(tenant: Tenant): GovernedTenant {
    const plan = this.plans.get(tenant.plan ?? DEFAULT_PLAN);
    return { ...tenant, effectivePolicy: effectivePolicy(plan?.policy ?? {}, tenant.policy) };
  }

  private requirePlan(plan: string | null): void {
    if (plan === null || this.plans.has(plan)) return;
    throw new GatewayError('INVALID_REQUEST', `There is no plan "${plan}".`, { param: 'plan' });
  }

  private keyOf(tenantId: string, keyId: string): KeyRow | undefined {
    return this.keys.find((key) => key.id === keyId && key.tenantId === tenantId);
  }

  private replaceKey(changed: KeyRow): TenantKey {
    this.keys = this.keys.map((key) => (key.id === changed.id ? changed : key));
    this.moveEpoch();
    return shownKey(changed);
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
      policy: {},
      createdAt: new Date(),
      expiresAt: null,
      revokedAt: null,
      replacedBy: null,
      digest,
      internal: true,
    });
  }
}

const shownKey = ({ digest: _digest, internal: _internal, ...key }: KeyRow): TenantKey => key;

const retired = (secret: SealedSecret, retireAt: Date): SealedSecret =>
  secret.expiresAt && secret.expiresAt < retireAt ? secret : { ...secret, expiresAt: retireAt };

const rightsOf = ({ scopes, policy, keyPolicy, expiresAt }: Identity): KeyRights => ({
  scopes,
  policy,
  keyPolicy,
  expiresAt,
});
