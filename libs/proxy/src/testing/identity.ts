import type { Identity } from '@app/tenants';

/** A tenant's key with these policies. */
export const identityOf = (
  more: Partial<Pick<Identity, 'policy' | 'keyPolicy'>> = {},
): Identity => ({
  tenantId: 'tn_1',
  tenantName: 'acme',
  keyId: 'key_1',
  keyPrefix: 'tg-12345',
  scopes: ['proxy'],
  policy: {},
  keyPolicy: {},
  callbacks: {},
  expiresAt: null,
  ...more,
});
