import { ulid } from 'ulid';
import { type Scope, SCOPES } from './identity.js';
import type { Policy } from './policy.js';
import { keyDigest, keyPrefix, newTenantKey } from './tenant-key.js';
import type { NewTenantKeyRow, Tenant } from './tenant.store.js';

/** A tenant row to be stored. */
export const newTenant = (
  name: string,
  now: Date,
  policy: Policy = {},
  plan: string | null = null,
): Tenant => ({
  id: `tn_${ulid(now.getTime())}`,
  name,
  plan,
  policy,
  createdAt: now,
});

export interface IssueKeyInput {
  readonly tenantId: string;
  readonly pepper: Buffer;
  readonly now: Date;
  readonly name?: string | undefined;
  /** Default: all of them. */
  readonly scopes?: readonly Scope[] | undefined;
  readonly expiresAt?: Date | null | undefined;
  /** Holds besides the tenant's; default: no limits. */
  readonly policy?: Policy | undefined;
}

/** A fresh key and the row that stands for it. The key is shown once and kept nowhere. */
export function issueKey(input: IssueKeyInput): {
  readonly key: string;
  readonly row: NewTenantKeyRow;
} {
  const key = newTenantKey();
  return {
    key,
    row: {
      id: `key_${ulid(input.now.getTime())}`,
      tenantId: input.tenantId,
      name: input.name ?? '',
      prefix: keyPrefix(key),
      scopes: input.scopes ?? SCOPES,
      policy: input.policy ?? {},
      createdAt: input.now,
      expiresAt: input.expiresAt ?? null,
      digest: keyDigest(input.pepper, key),
    },
  };
}
