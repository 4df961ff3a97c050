import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';

/** What a receiver needs to verify `v1a` signatures: a JSON Web Key Set (RFC 7517, RFC 8037), and the same keys as `whpk_…`. */
export interface PublishedKeys {
  readonly keys: readonly PublishedKey[];
  /** `whpk_` and base64 of the 32 bytes of the public key, one for each of `keys`. */
  readonly standardWebhooks: readonly string[];
}

export interface PublishedKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  /** The public key, base64url. */
  readonly x: string;
  /** Its thumbprint (RFC 7638), so that another key never has the same. */
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
}

/** A fresh Ed25519 key: PKCS #8, DER, base64. */
export const newSigningKey = (): string =>
  generateKeyPairSync('ed25519')
    .privateKey.export({ format: 'der', type: 'pkcs8' })
    .toString('base64');

/**
 * The key pair of the installation. Its signatures are for receivers that would rather hold a public key
 * than share a secret; they come beside those of the secrets, never instead.
 */
export class CallbackSigningKey {
  readonly #privateKey: KeyObject;
  readonly published: PublishedKeys;

  /**
   * @param pkcs8 as `newSigningKey` makes it
   * @throws Error when it is no Ed25519 key; the key is not shown
   */
  constructor(pkcs8: string) {
    this.#privateKey = readPrivateKey(pkcs8);
    this.published = publish(this.#privateKey);
  }

  /** One entry of `webhook-signature`: `v1a,` and base64 of the 64 bytes. */
  sign(signed: string): string {
    return `v1a,${sign(null, Buffer.from(signed), this.#privateKey).toString('base64')}`;
  }
}

function readPrivateKey(pkcs8: string): KeyObject {
  const key = decode(pkcs8);
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new Error(
    'The signing key of callbacks is an Ed25519 key in PKCS #8 (DER, base64); this one is not.',
  );
}

function decode(pkcs8: string): KeyObject | undefined {
  try {
    return createPrivateKey({ key: Buffer.from(pkcs8, 'base64'), format: 'der', type: 'pkcs8' });
  } catch {
    return undefined; // what OpenSSL says of it helps nobody, and might quote it
  }
}

function publish(privateKey: KeyObject): PublishedKeys {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  // The members that identify an OKP key, in the order of RFC 7638.
  const identity = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x });
  const kid = createHash('sha256').update(identity).digest('base64url');
  return {
    keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' }],
    standardWebhooks: [`whpk_${Buffer.from(x, 'base64url').toString('base64')}`],
  };
}
