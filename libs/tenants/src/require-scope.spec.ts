import { expect, it } from 'vitest';
import type { Identity } from './identity.js';
import { requireScope } from './require-scope.js';

const identity: Identity = {
  tenantId: 'tn_1',
  tenantName: 'acme',
  keyId: 'key_1',
  keyPrefix: 'tg-abcde',
  scopes: ['proxy', 'read'],
  policy: {},
  keyPolicy: {},
  callbacks: {},
  expiresAt: null,
};

it('lets a key pass that has the scope', () => {
  expect(() => requireScope(identity, 'read')).not.toThrow();
});

it('names the scope that is missing and those that are there', () => {
  expect(() => requireScope(identity, 'tasks')).toThrow(
    expect.objectContaining({
      code: 'POLICY_VIOLATION',
      message: 'This call needs a key with the scope "tasks"; key tg-abcde has: proxy, read.',
    }),
  );
});
