import type { ProviderAccount } from './accounts.js';
import type { Credential } from './credential.js';
import { weightsOf } from './credential-weights.js';

/** The accounts of this process as they are at this moment. */
export interface AccountSource {
  /** Those that take new work, of all vendors. */
  ready(): readonly ProviderAccount[];
  /** Those too that take no new work and answer for what was begun under them. */
  all(): readonly ProviderAccount[];
  /** Also one that takes no new work but was known here: what was begun under it is asked for under it. */
  find(accountId: string): ProviderAccount | null;
  /** Looks at once whether keys came or went. @throws what the store throws */
  refresh(): Promise<void>;
  /** The vendor refuses an account: one that takes no new work is not used again. */
  forgetGone(accountId: string): void;
}

/** A key of the pool, as operators see it. */
export interface PooledAccount extends ProviderAccount {
  readonly weight: number;
  readonly source: 'environment' | 'stored';
  readonly label: string;
  /** Of a stored one. */
  readonly credentialId: string | null;
  readonly state: Credential['state'] | 'gone';
}

/** A stored key, opened. */
export interface StoredAccount {
  readonly credential: Credential;
  readonly account: ProviderAccount;
}

export interface AccountPoolParts {
  /** What the environment says now, a mounted file read again included. */
  readonly environment: () => readonly EnvironmentAccount[];
  /** Moves when a stored key changes. */
  readonly epoch: () => Promise<string>;
  /** Opens every stored key that has a secret; one that cannot be used is left out, and told of. */
  readonly stored: () => Promise<readonly StoredAccount[]>;
}

export interface EnvironmentAccount {
  readonly account: ProviderAccount;
  /** Variable that it comes from. */
  readonly label: string;
}

/** How many keys that were taken away are remembered. */
const MAX_GONE = 100;

/**
 * The vendors' keys of one process: those of the environment and the stored ones. Whoever owns the
 * process calls `refresh()` each second. A key that is taken out of the environment takes no new work from
 * the next look on, and answers for what was begun under it for as long as this process lives.
 */
export class AccountPool implements AccountSource {
  private known: ReadonlyMap<string, PooledAccount> = new Map();
  private open: readonly PooledAccount[] = [];
  private readonly gone = new Map<string, PooledAccount>();
  private stored: readonly StoredAccount[] = [];
  private epoch: string | null = null;

  constructor(private readonly parts: AccountPoolParts) {
    this.rebuild();
  }

  /** @throws what the store throws; the environment was looked at all the same */
  async refresh(): Promise<void> {
    this.rebuild();
    const epoch = await this.parts.epoch();
    if (epoch === this.epoch) return;
    this.stored = await this.parts.stored();
    // After the read: one that fails is made again. A change in between moves the epoch once more.
    this.epoch = epoch;
    this.rebuild();
  }

  ready(): readonly PooledAccount[] {
    return this.open;
  }

  all(): readonly PooledAccount[] {
    return [...this.known.values(), ...this.gone.values()];
  }

  find(accountId: string): PooledAccount | null {
    return this.known.get(accountId) ?? this.gone.get(accountId) ?? null;
  }

  forgetGone(accountId: string): void {
    this.gone.delete(accountId);
  }

  private rebuild(): void {
    const now = new Map<string, PooledAccount>();
    for (const one of this.storedAccounts()) now.set(one.id, one);
    // A key that is in the environment too is the environment's: a rotation cannot take it away.
    for (const one of this.environmentAccounts()) now.set(one.id, one);
    for (const [id, before] of this.known) {
      // A stored key stays known while anything needs it; one that is erased is not to be used again.
      if (!now.has(id) && before.source === 'environment')
        this.gone.set(id, { ...before, weight: 0, state: 'gone' });
    }
    for (const id of now.keys()) this.gone.delete(id);
    for (const id of this.gone.keys()) {
      if (this.gone.size <= MAX_GONE) break;
      this.gone.delete(id);
    }
    this.known = now;
    this.open = [...now.values()].filter(({ weight }) => weight > 0);
  }

  private environmentAccounts(): readonly PooledAccount[] {
    const own = { weight: 1, source: 'environment', credentialId: null, state: 'active' } as const;
    return this.parts.environment().map(({ account, label }) => ({ ...account, ...own, label }));
  }

  private storedAccounts(): readonly PooledAccount[] {
    const weights = weightsOf(this.stored.map(({ credential }) => credential));
    return this.stored.map(({ credential: { id, label, state }, account }) => ({
      ...account,
      weight: weights.get(id) ?? 0,
      source: 'stored',
      label,
      credentialId: id,
      state,
    }));
  }
}
