import { GatewayError } from '@app/errors';
import type { Identity, Scope } from './identity.js';

/** @throws GatewayError POLICY_VIOLATION when the key lacks the scope. */
export function requireScope(identity: Identity, scope: Scope): void {
  if (identity.scopes.includes(scope)) return;
  const has = identity.scopes.length === 0 ? 'none' : identity.scopes.join(', ');
  throw new GatewayError(
    'POLICY_VIOLATION',
    `This call needs a key with the scope "${scope}"; key ${identity.keyPrefix} has: ${has}.`,
  );
}
