import {
  type KeyRotation,
  type KeyStanding,
  refuseUnchangeable,
  refuseUnrotatable,
  retirement,
  type RotatedKey,
  successorExpiry,
  type TenantKey,
  type TenantKeyChange,
} from '@app/tenants';
import type { PoolClient } from 'pg';
import { MOVE_EPOCH, TENANT_KEYS } from './tenants.sql.js';

/** Which key, by its tenant's id and its own. */
export type KeyName = readonly [tenantId: string, keyId: string];

/** In the caller's transaction. Null: the tenant has no such key. */
export async function changeKey(
  client: PoolClient,
  name: KeyName,
  { name: label, scopes, policy, expiresAt }: TenantKeyChange,
): Promise<TenantKey | null> {
  const key = await lockKey(client, name);
  if (!key) return null;
  refuseUnchangeable(key);
  const { rows } = await client.query<TenantKey>(TENANT_KEYS.change, [
    key.id,
    label ?? null,
    scopes ?? null,
    policy ? JSON.stringify(policy) : null,
    expiresAt !== undefined,
    expiresAt ?? null,
  ]);
  await client.query(MOVE_EPOCH);
  return rows[0] ?? null;
}

/** In the caller's transaction. Null: the tenant has no such key. */
export async function rotateKey(
  client: PoolClient,
  name: KeyName,
  { next, retireAt }: KeyRotation,
): Promise<RotatedKey | null> {
  const key = await lockKey(client, name);
  if (!key) return null;
  refuseUnrotatable(key, next.createdAt);
  const { rows } = await client.query<TenantKey>(TENANT_KEYS.succeed, [
    key.id,
    next.id,
    next.prefix,
    next.digest,
    next.createdAt,
    successorExpiry(key, next.createdAt),
  ]);
  const previousExpiresAt = retirement(key, retireAt);
  await client.query(TENANT_KEYS.retire, [key.id, previousExpiresAt, next.id]);
  await client.query(MOVE_EPOCH);
  const [added] = rows;
  return added ? { key: added, previousExpiresAt } : null;
}

async function lockKey(client: PoolClient, name: KeyName): Promise<KeyStanding | undefined> {
  const { rows } = await client.query<KeyStanding>(TENANT_KEYS.lock, [...name]);
  return rows[0];
}
