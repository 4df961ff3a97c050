import { GatewayError } from '@app/errors';
import { AttemptLimit } from './attempt-limit.js';
import { BoundedCache } from './bounded-cache.js';
import type { Identity } from './identity.js';
import { keyDigest } from './tenant-key.js';
import type { TenantStore } from './tenant.store.js';

export interface AuthenticatorOptions {
  /** Key of the digests, never empty. */
  readonly pepper: Buffer;
  readonly now?: () => Date;
  /** How many keys are remembered; default 10 000. */
  readonly maxEntries?: number;
  /** Default: 60 wrong keys a minute from each address. */
  readonly attempts?: AttemptLimit;
  readonly onFailure?: (why: AuthFailure) => void;
  /** Whatever was remembered is forgotten: calls that are open may be those of keys that ended. */
  readonly onForget?: () => void;
}

/** `limited`: not looked up, because the address has failed too often. */
export type AuthFailure = 'missing' | 'unknown' | 'expired' | 'limited';

/** With the store away, keys seen before keep working this long after the last look at the epoch. */
const MAX_TRUST_MS = 600_000;
const RETRY_AFTER_SECONDS = 5;
const DEFAULT_MAX_ENTRIES = 10_000;
const DEFAULT_ATTEMPTS = 60;

/**
 * From a key to who is calling. Keys found once are remembered by their full digest for as long as
 * the store's epoch stands still; whoever owns the process calls `runOnce()` each second, so a
 * revoked key dies within two. Keys that were not found are not remembered: a new one works at once.
 */
export class Authenticator {
  private readonly cache: BoundedCache<Identity>;
  private readonly lookups = new Map<string, Promise<Identity | null>>();
  private readonly attempts: AttemptLimit;
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
    this.attempts = options.attempts ?? new AttemptLimit({ perMinute: DEFAULT_ATTEMPTS });
  }

  /**
   * Unknown, mistyped and wrong keys go one way: a digest and a look-up, and are told the same.
   * @param address the client's, by which guesses are limited
   * @throws GatewayError PERMISSION_DENIED for a missing, unknown, revoked or expired key;
   * RATE_LIMIT_EXCEEDED for one that is not remembered, from an address that sent too many wrong ones;
   * SERVICE_UNAVAILABLE when the store is needed and away.
   */
  async authenticate(key: string | null, address: string): Promise<Identity> {
    if (!key) throw this.denied('missing', NO_KEY);
    const digest = keyDigest(this.options.pepper, key);
    const name = digest.toString('base64');
    const identity = this.remembered(name) ?? (await this.tryKey(name, digest, address));
    if (!identity) throw this.denied('unknown', 'No such key.');
    if (identity.expiresAt && identity.expiresAt <= this.now()) {
      throw this.denied('expired', `This key expired at ${identity.expiresAt.toISOString()}.`);
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
    this.options.onForget?.();
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

  private async tryKey(name: string, digest: Buffer, address: string): Promise<Identity | null> {
    try {
      return await this.attempts.attempt(
        { address, digest: name },
        async () => await this.lookUp(name, digest),
      );
    } catch (error) {
      const isLimited = error instanceof GatewayError && error.code === 'RATE_LIMIT_EXCEEDED';
      if (isLimited) this.options.onFailure?.('limited');
      throw error;
    }
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

  private denied(why: AuthFailure, message: string): GatewayError {
    this.options.onFailure?.(why);
    return new GatewayError('PERMISSION_DENIED', message);
  }
}

const NO_KEY = 'No key was sent. Send "Authorization: Bearer <key>" or "x-api-key: <key>".';
