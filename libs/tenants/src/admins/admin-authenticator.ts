import { GatewayError } from '@app/errors';
import { EpochCache } from '../epoch-cache.js';
import { isSameSecret } from '../same-secret.js';
import { isAdminToken, keyDigest } from '../tenant-key.js';
import { type AdminIdentity, type AdminStore, ROOT_ADMIN } from './admin.js';

export interface AdminAuthenticatorOptions {
  /** The value of ADMIN_TOKEN as it is now: a mounted one may rotate. */
  readonly rootToken: () => string;
  /** Key of the digests, never empty. */
  readonly pepper: Buffer;
  readonly now?: () => Date;
}

const MAX_ENTRIES = 1_000;

/**
 * From a token to who calls `/admin/*`. ADMIN_TOKEN needs no look-up, so it works with Postgres away;
 * named tokens that were seen before work for ten minutes then, as tenants' keys do.
 */
export class AdminAuthenticator {
  private readonly cache: EpochCache<AdminIdentity>;
  private readonly now: () => Date;

  constructor(
    store: Pick<AdminStore, 'findAdmin' | 'epoch'>,
    private readonly options: AdminAuthenticatorOptions,
  ) {
    this.now = options.now ?? (() => new Date());
    this.cache = new EpochCache(
      {
        epoch: async () => await store.epoch(),
        find: async (digest) => await store.findAdmin(digest),
      },
      this.now,
      MAX_ENTRIES,
    );
  }

  /**
   * @throws GatewayError PERMISSION_DENIED for a missing, unknown, revoked or expired token;
   * SERVICE_UNAVAILABLE when the store is needed and away
   */
  async authenticate(token: string | null): Promise<AdminIdentity> {
    const given = token ?? '';
    if (isSameSecret(given, this.options.rootToken())) return ROOT_ADMIN;
    // Other texts are no tokens of ours, whatever the table holds.
    const admin = isAdminToken(given) ? await this.lookUp(given) : null;
    if (!admin || (admin.expiresAt && admin.expiresAt <= this.now())) {
      throw new GatewayError('PERMISSION_DENIED', REFUSED);
    }
    return admin;
  }

  /** Once a second. @throws what the store throws; nothing is forgotten then */
  async runOnce(): Promise<void> {
    await this.cache.runOnce();
  }

  /** For the process that revoked a token. */
  forget(): void {
    this.cache.forget();
  }

  private async lookUp(token: string): Promise<AdminIdentity | null> {
    try {
      return await this.cache.get(keyDigest(this.options.pepper, token));
    } catch (cause) {
      throw new GatewayError(
        'SERVICE_UNAVAILABLE',
        'Admin tokens cannot be checked just now; try again shortly, or with ADMIN_TOKEN.',
        { retryAfterSeconds: 5, cause },
      );
    }
  }
}

const REFUSED =
  'This path takes "Authorization: Bearer <ADMIN_TOKEN>", or an admin token of /admin/admins that is neither revoked nor expired.';
