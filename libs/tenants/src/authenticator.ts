import { GatewayError } from '@app/errors';
import { BoundedCache } from './bounded-cache.js';
import type { Identity } from './identity.js';
import { isWellFormed, keyDigest, looksIssued } from './tenant-key.js';
import type { TenantStore } from './tenant.store.js';

export interface AuthenticatorOptions {
  /** Key of the digests, never empty. */
  readonly pepper: Buffer;
  readonly now?: () => Date;
  /** How many keys are remembered; default 10 000. */
  readonly maxEntries?: number;
}

/** With the store away, keys seen before keep working this long after the last look at the epoch. */
const MAX_TRUST_MS = 600_000;
const RETRY_AFTER_SECONDS = 5;
const DEFAULT_MAX_ENTRIES = 10_000;

/**
 * From a key to who is calling. Keys found once are remembered by their full digest for as long as
 * the store's epoch stands still; whoever owns the process calls `runOnce()` each second, so a
 * revoked key dies within two. Keys that were not found are not remembered: a new one works at once.
 */
export class Authenticator {
  private readonly cache: BoundedCache<Identity>;
  private readonly lookups = new Map<string, Promise<Identity | null>>();
  private readonly now: () => Date;
  private epoch: string | null = null;
  private epochReadAtMs = -Infinity;
  private refreshing: Promise<void> | null = null;

  constructor(
    private readonly store: TenantStore,
    private readonly options: AuthenticatorOptions,
  ) {
    this.cache = new BoundedCache(options.maxEntries ?? DEFAULT_MAX_ENTRIES);
    this.now = options.now ?? (() => new Date());
  }

  /**
   * @throws GatewayError PERMISSION_DENIED for a missing, unknown, revoked or expired key;
   * SERVICE_UNAVAILABLE when the store is needed and away.
   */
  async authenticate(key: string | null): Promise<Identity> {
    if (!key)
      throw denied('No key was sent. Send "Authorization: Bearer <key>" or "x-api-key: <key>".');
    if (looksIssued(key) && !isWellFormed(key)) throw denied('No such key: its checksum is wrong.');
    const digest = keyDigest(this.options.pepper, key);
    const name = digest.toString('base64');
    const identity = this.remembered(name) ?? (await this.lookUp(name, digest));
    if (!identity) throw denied('No such key.');
    if (identity.expiresAt && identity.expiresAt <= this.now()) {
      throw denied(`This key expired at ${identity.expiresAt.toISOString()}.`);
    }
    return identity;
  }

  /**
   * Reads the epoch and forgets everything when it moved. Calls that overlap share one read.
   * @throws what the store throws; nothing is forgotten then.
   */
  async runOnce(): Promise<void> {
    this.refreshing ??= this.readEpoch().finally(() => {
      this.refreshing = null;
    });
    return await this.refreshing;
  }

  /** For the process that revoked a key: it must not wait for the next `runOnce()`. */
  forget(): void {
    this.cache.clear();
    this.lookups.clear();
  }

  private remembered(name: string): Identity | undefined {
    const isTrusted = this.now().getTime() - this.epochReadAtMs < MAX_TRUST_MS;
    return isTrusted ? this.cache.get(name) : undefined;
  }

  private async readEpoch(): Promise<void> {
    const askedAtMs = this.now().getTime();
    const epoch = await this.store.epoch();
    if (epoch !== this.epoch) this.forget();
    this.epoch = epoch;
    this.epochReadAtMs = askedAtMs;
  }

  private async lookUp(name: string, digest: Buffer): Promise<Identity | null> {
    const running = this.lookups.get(name) ?? this.startLookUp(name, digest);
    try {
      return await running;
    } catch (cause) {
      throw new GatewayError(
        'SERVICE_UNAVAILABLE',
        'Keys cannot be checked just now; try again shortly.',
        {
          retryAfterSeconds: RETRY_AFTER_SECONDS,
          cause,
        },
      );
    }
  }

  /**
   * One query for all who ask at the same time. `forget()` takes it out of the table: its answer may
   * be older than the revocation, so it is neither remembered nor given to anyone who comes later.
   */
  private startLookUp(name: string, digest: Buffer): Promise<Identity | null> {
    const query = this.store.findKey(digest);
    const isCurrent = (): boolean => this.lookups.get(name) === lookup;
    const lookup = query
      .then((identity) => {
        if (identity && isCurrent()) this.cache.set(name, identity);
        return identity;
      })
      .finally(() => {
        if (isCurrent()) this.lookups.delete(name);
      });
    this.lookups.set(name, lookup);
    return lookup;
  }
}

const denied = (message: string): GatewayError => new GatewayError('PERMISSION_DENIED', message);
