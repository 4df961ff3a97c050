import type { CallbackSettings, Identity, KeyRights, Scope } from './identity.js';
import type { Policy } from './policy.js';
import type { Sealed } from './keyring.js';

export interface Tenant {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  /** Null: the plan named `default`, if there is one. */
  readonly plan: string | null;
  /** Its own; see `effectivePolicy` for what is in force. */
  readonly policy: Policy;
  readonly createdAt: Date;
}

/** A tenant with what is in force: its own fields before its plan's. */
export interface GovernedTenant extends Tenant {
  readonly effectivePolicy: Policy;
}

/** What is absent stays as it is; `plan: null` takes the plan away. */
export interface TenantChange {
  readonly plan?: string | null | undefined;
  readonly policy?: Policy | undefined;
}

/** A key as lists show it; the key itself is shown once, when it is made. */
export interface TenantKey {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  /** Holds besides the tenant's. */
  readonly policy: Policy;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** The key that a rotation put in its place; null: none. */
  readonly replacedBy: string | null;
}

export type NewTenantKeyRow = Omit<TenantKey, 'revokedAt' | 'replacedBy'> & {
  readonly digest: Buffer;
};

/** What is absent stays as it is; `expiresAt: null`: it never expires. */
export interface TenantKeyChange {
  readonly name?: string | undefined;
  readonly scopes?: readonly Scope[] | undefined;
  readonly policy?: Policy | undefined;
  readonly expiresAt?: Date | null | undefined;
}

/** The key that takes another one's place, and when the other one ends. */
export interface KeyRotation {
  readonly next: Pick<NewTenantKeyRow, 'id' | 'prefix' | 'digest' | 'createdAt'>;
  /** The other one ends then, unless it ends sooner anyway. */
  readonly retireAt: Date;
}

export interface RotatedKey {
  /** The new one. */
  readonly key: TenantKey;
  /** When the other one ends. */
  readonly previousExpiresAt: Date;
}

/** One entry of INTERNAL_KEYS, digested. */
export interface InternalKeyRow {
  readonly tenant: string;
  readonly digest: Buffer;
  readonly prefix: string;
}

/** A callback signing secret at rest: sealed for its own tenant and id. */
export interface SealedSecret extends Sealed {
  readonly id: string;
  readonly tenantId: string;
  readonly createdAt: Date;
  /** Null for the current one; one that was replaced signs until then. */
  readonly expiresAt: Date | null;
}

/** By what a tenant's callback URLs are judged: its operator's rules and its own. */
export interface CallbackRules {
  readonly policy: Policy;
  readonly callbacks: CallbackSettings;
}

/**
 * Rows of tenants, their keys and secrets. Every change that could take a right away (revoking,
 * removing, another digest, other rules) moves the epoch in the same commit. With the database away every call
 * fails within seconds, because requests wait for it.
 */
export abstract class TenantStore {
  /** The key with this digest, unless it is revoked. Expired ones are returned: the clock is the caller's. */
  abstract findKey(digest: Buffer): Promise<Identity | null>;

  /** Changes whenever a key that was found before may not be found any more. Cheap: read each second. */
  abstract epoch(): Promise<string>;

  /**
   * Makes the internal keys exactly these: a tenant of that name is made where there is none, another
   * digest replaces the old one, a name taken away loses its internal key (issued keys stay). The
   * same list again changes nothing, not even the epoch. Safe from several processes at once.
   */
  abstract upsertInternal(entries: readonly InternalKeyRow[]): Promise<void>;

  /** @throws GatewayError INVALID_REQUEST with param `name` when it is taken, `plan` when there is no such plan. */
  abstract createTenant(tenant: Tenant): Promise<GovernedTenant>;
  /**
   * Moves the epoch, so that every process sees the change. Null: no such tenant.
   * @throws GatewayError INVALID_REQUEST with param `plan` when there is no such plan.
   */
  abstract changeTenant(tenantId: string, change: TenantChange): Promise<GovernedTenant | null>;
  /** As committed, not as a process may remember it; the policy is the effective one. Null: no such tenant. */
  abstract callbackRules(tenantId: string): Promise<CallbackRules | null>;
  /**
   * Replaces the tenant's own settings and moves the epoch, so that every process sees them. The same
   * settings again change nothing, not even the epoch. False: no such tenant.
   */
  abstract changeCallbacks(tenantId: string, callbacks: CallbackSettings): Promise<boolean>;
  /** Internal ones too, oldest first. */
  abstract listTenants(): Promise<readonly GovernedTenant[]>;
  abstract findTenant(tenantId: string): Promise<GovernedTenant | null>;

  /** @throws GatewayError NOT_FOUND when there is no such tenant. */
  abstract createKey(key: NewTenantKeyRow): Promise<void>;
  /** Revoked and internal ones too, oldest first. */
  abstract listKeys(tenantId: string): Promise<readonly TenantKey[]>;
  /** False when the tenant has no such key; revoking again changes nothing and is true. */
  abstract revokeKey(tenantId: string, keyId: string): Promise<boolean>;
  /**
   * Moves the epoch, so that every process sees the change. Null: the tenant has no such key.
   * @throws GatewayError INVALID_REQUEST for a revoked key and for one of INTERNAL_KEYS.
   */
  abstract changeKey(
    tenantId: string,
    keyId: string,
    change: TenantKeyChange,
  ): Promise<TenantKey | null>;
  /**
   * Adds a key with the name, scopes and policy of this one, to live as long as this one was to live, and
   * ends this one at `retireAt`; moves the epoch. Answers with the new one. Null: the tenant has no such key.
   * @throws GatewayError INVALID_REQUEST for a key that is revoked, has expired, was rotated before, and for
   * one of INTERNAL_KEYS.
   */
  abstract rotateKey(
    tenantId: string,
    keyId: string,
    rotation: KeyRotation,
  ): Promise<RotatedKey | null>;
  /** Those of these keys that are not revoked, with what each lets its caller do. */
  abstract keysInForce(keyIds: readonly string[]): Promise<ReadonlyMap<string, KeyRights>>;

  /**
   * What is kept for these tenants: of each the current one first, then the others, newest first. The
   * caller drops the expired.
   */
  abstract callbackSecrets(tenantIds: readonly string[]): Promise<readonly SealedSecret[]>;
  /** Adds the tenant's current secret unless it has one; of several at once, one stays. */
  abstract addFirstCallbackSecret(secret: SealedSecret): Promise<void>;
  /**
   * In one commit: this one becomes current, the others expire at `retireAt` at the latest, and those
   * are forgotten that have expired by now or are not among the `keep` newest.
   */
  abstract replaceCallbackSecret(next: SealedSecret, retireAt: Date, keep: number): Promise<void>;
}
