import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallbackSigningKey, newSigningKey } from './signing-key.js';

/** RFC 8032, 7.1, test 2: its secret in the envelope of PKCS #8 (RFC 8410). */
const RFC_8032 = {
  pkcs8: Buffer.from(
    '302e020100300506032b6570042204204ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    'hex',
  ).toString('base64'),
  publicKey: Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex'),
  message: 'r',
  signature: Buffer.from(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    'hex',
  ),
};

describe('CallbackSigningKey', () => {
  it('signs as RFC 8032 does', () => {
    const key = new CallbackSigningKey(RFC_8032.pkcs8);

    expect(key.sign(RFC_8032.message)).toBe(`v1a,${RFC_8032.signature.toString('base64')}`);
    expect(key.published.standardWebhooks).toEqual([
      `whpk_${RFC_8032.publicKey.toString('base64')}`,
    ]);
  });

  it('is named by its thumbprint', () => {
    // RFC 8037, appendix A: a key, and what it is called.
    const pkcs8 = Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      Buffer.from('nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A', 'base64url'),
    ]);

    const { keys } = new CallbackSigningKey(pkcs8.toString('base64')).published;

    expect(keys).toEqual([
      {
        kty: 'OKP',
        crv: 'Ed25519',
        x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
        kid: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
        use: 'sig',
        alg: 'EdDSA',
      },
    ]);
  });

  it('is verified with what it publishes, and only over what was signed', () => {
    const key = new CallbackSigningKey(newSigningKey());
    const [jwk] = key.published.keys;
    const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    const verifies = (text: string, signature: string): boolean =>
      verify(null, Buffer.from(text), publicKey, Buffer.from(signature.slice(4), 'base64'));

    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const signature = key.sign(text);

        expect(verifies(text, signature)).toBe(true);
        expect(verifies(`${text} `, signature)).toBe(false);
      }),
    );
  });

  it('is another one each time', () => {
    expect(newSigningKey()).not.toBe(newSigningKey());
  });

  it.each([
    ['nothing', ''],
    ['no key', Buffer.alloc(48, 1).toString('base64')],
    [
      'a key of another kind',
      generateKeyPairSync('x25519')
        .privateKey.export({ format: 'der', type: 'pkcs8' })
        .toString('base64'),
    ],
  ])('refuses %s without showing it', (_what, pkcs8) => {
    expect(() => new CallbackSigningKey(pkcs8)).toThrow(
      'The signing key of callbacks is an Ed25519 key in PKCS #8 (DER, base64); this one is not.',
    );
  });

  it('does not show its private half', () => {
    const pkcs8 = newSigningKey();
    const shown = JSON.stringify(new CallbackSigningKey(pkcs8));

    expect(shown).toContain('whpk_');
    // The last 32 bytes are the secret.
    const secret = Buffer.from(pkcs8, 'base64').subarray(-32);
    for (const spelling of ['base64', 'base64url', 'hex'] as const) {
      expect(shown).not.toContain(secret.toString(spelling));
    }
  });
});
