import type { CallbackSettings, Identity, Scope } from './identity.js';
import type { Policy } from './policy.js';
import type { Sealed } from './keyring.js';

export interface Tenant {
  readonly id: string;
  /** Unique. */
  readonly name: string;
  readonly policy: Policy;
  readonly createdAt: Date;
}

/** A key as lists show it; the key itself is shown once, when it is made. */
export interface TenantKey {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

export type NewTenantKeyRow = Omit<TenantKey, 'revokedAt'> & { readonly digest: Buffer };

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

  /** @throws GatewayError INVALID_REQUEST with param `name` when the name is taken. */
  abstract createTenant(tenant: Tenant): Promise<void>;
  /** Replaces the policy and moves the epoch, so that every process sees it. Null: no such tenant. */
  abstract changePolicy(tenantId: string, policy: Policy): Promise<Tenant | null>;
  /** As committed, not as a process may remember it. Null: no such tenant. */
  abstract callbackRules(tenantId: string): Promise<CallbackRules | null>;
  /**
   * Replaces the tenant's own settings and moves the epoch, so that every process sees them. The same
   * settings again change nothing, not even the epoch. False: no such tenant.
   */
  abstract changeCallbacks(tenantId: string, callbacks: CallbackSettings): Promise<boolean>;
  /** Internal ones too, oldest first. */
  abstract listTenants(): Promise<readonly Tenant[]>;

  /** @throws GatewayError NOT_FOUND when there is no such tenant. */
  abstract createKey(key: NewTenantKeyRow): Promise<void>;
  /** Revoked and internal ones too, oldest first. */
  abstract listKeys(tenantId: string): Promise<readonly TenantKey[]>;
  /** False when the tenant has no such key; revoking again changes nothing and is true. */
  abstract revokeKey(tenantId: string, keyId: string): Promise<boolean>;

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
