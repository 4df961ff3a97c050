import { describe, expect, it } from 'vitest';
import { callbackSecretBytes, newCallbackSecret } from './callback-secret.js';

describe('callback secrets', () => {
  it('are made of 32 random bytes, each another', () => {
    const secrets = new Set(Array.from({ length: 50 }, newCallbackSecret));

    expect(secrets.size).toBe(50);
    for (const secret of secrets) expect(callbackSecretBytes(secret)).toHaveLength(32);
  });

  it.each([
    ['nothing', ''],
    ['only the prefix', 'whsec_'],
    ['no prefix', Buffer.alloc(32, 1).toString('base64')],
    ['too few bytes', `whsec_${Buffer.alloc(23, 1).toString('base64')}`],
    ['what is not base64', `whsec_${'*'.repeat(44)}`],
  ])('are refused when they are %s', (_what, secret) => {
    expect(() => callbackSecretBytes(secret)).toThrow('base64 of at least 24 bytes');
  });

  it('are not shown by the refusal', () => {
    expect(() => callbackSecretBytes('whsec_hunter2')).not.toThrow('hunter2');
  });
});
