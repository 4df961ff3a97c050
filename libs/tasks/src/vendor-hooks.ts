import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Vendors } from './vendors.js';

/** What a vendor calls back on: which vendor, about which attempt, and the proof that we gave it the URL. */
export interface HookClaim {
  readonly provider: string;
  readonly attemptId: string;
  readonly mac: string;
}

/**
 * The URLs on which vendors call back: `/hooks/{provider}/{attemptId}/{mac}`. Whoever has one could
 * only have it from us; what such a call tells is a hint all the same, and the check decides.
 */
export class VendorHooks {
  private readonly base: string;

  constructor(
    publicUrl: string,
    /** `keyring.derive('vendor-hook')`: the first signs, all verify. */
    private readonly secrets: readonly [Buffer, ...Buffer[]],
    private readonly vendors: Pick<Vendors, 'baseUrlOf'>,
  ) {
    this.base = publicUrl.replace(/\/+$/, '');
  }

  /** The first 32 characters of the base64url HMAC-SHA256 of `provider.attemptId`: 192 bits. */
  sign(provider: string, attemptId: string): string {
    return macOf(this.secrets[0], provider, attemptId);
  }

  verify({ provider, attemptId, mac }: HookClaim): boolean {
    const given = Buffer.from(mac);
    return this.secrets
      .map((secret) => isEqual(given, Buffer.from(macOf(secret, provider, attemptId))))
      .includes(true);
  }

  /** Null where the vendor cannot reach us: our own address is this machine's, the vendor's is not. */
  urlFor(provider: string, attemptId: string): string | null {
    if (isLoopback(this.base) && !isLoopback(this.vendors.baseUrlOf(provider))) return null;
    return `${this.base}/hooks/${provider}/${attemptId}/${this.sign(provider, attemptId)}`;
  }
}

const MAC_CHARACTERS = 32;

const macOf = (secret: Buffer, provider: string, attemptId: string): string =>
  createHmac('sha256', secret)
    .update(`${provider}.${attemptId}`)
    .digest('base64url')
    .slice(0, MAC_CHARACTERS);

const isEqual = (given: Buffer, expected: Buffer): boolean =>
  given.length === expected.length && timingSafeEqual(given, expected);

function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname } = new URL(url);
  return /^(localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
