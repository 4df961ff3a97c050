import { GatewayError } from '@app/errors';
import type { TenantKey } from './tenant.store.js';

type Lifetime = Pick<TenantKey, 'createdAt' | 'expiresAt'>;

/** Where a key comes from, and how it stands; what decides whether it may be changed. */
export interface KeyStanding extends Lifetime {
  readonly id: string;
  readonly isInternal: boolean;
  readonly revokedAt: Date | null;
  readonly replacedBy: string | null;
}

/** @throws GatewayError INVALID_REQUEST for a revoked key and for one of INTERNAL_KEYS. */
export function refuseUnchangeable(key: KeyStanding): void {
  if (key.isInternal) {
    throw refusal(key, 'comes from INTERNAL_KEYS and is changed there; its tenant takes a policy');
  }
  if (key.revokedAt) throw refusal(key, 'is revoked; issue another one');
}

/** @throws GatewayError INVALID_REQUEST also for one that has expired or was rotated before. */
export function refuseUnrotatable(key: KeyStanding, now: Date): void {
  refuseUnchangeable(key);
  if (key.replacedBy) throw refusal(key, `was rotated before; rotate ${key.replacedBy}`);
  if (key.expiresAt && key.expiresAt <= now) throw refusal(key, 'has expired; issue another one');
}

/** Until when a key lives that takes another's place: for as long as that one was to live. */
export function successorExpiry({ createdAt, expiresAt }: Lifetime, now: Date): Date | null {
  if (!expiresAt) return null;
  return new Date(now.getTime() + (expiresAt.getTime() - createdAt.getTime()));
}

/** When a key ends that was rotated. */
export const retirement = ({ expiresAt }: Lifetime, retireAt: Date): Date =>
  expiresAt && expiresAt < retireAt ? expiresAt : retireAt;

const refusal = ({ id }: KeyStanding, says: string): GatewayError =>
  new GatewayError('INVALID_REQUEST', `Key ${id} ${says}.`, { param: 'keyId' });
