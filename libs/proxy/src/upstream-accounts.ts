import { GatewayError } from '@app/errors';
import { turnOf } from '@app/outbound';
import { chooseAccount } from './choose-account.js';

/** How long a key rests after a refusal that names no time. */
const DEFAULT_REST_MS = 5_000;
/** Longest rest; a `Retry-After` of days must not take a key out until the process restarts. */
const MAX_REST_MS = 60_000;

/** One of the upstream's keys. */
export interface UpstreamKey {
  /** Tells nothing of the key. */
  readonly id: string;
  /** Its share of the requests; more than 0. */
  readonly weight: number;
  reveal(): string;
}

export interface UpstreamAccountsParts {
  /** The keys that take requests now; asked for each request, because a secret may rotate. */
  readonly keys: () => readonly UpstreamKey[];
  /** The upstream refused a key (401, 403). */
  readonly onRefused?: (id: string, status: number) => void;
  readonly now?: () => number;
}

/** One key, taken for one exchange. Give it back exactly once. */
export interface AccountLease {
  /** Of the key (`UpstreamKey.id`). */
  readonly id: string;
  /** Empty: the upstream takes calls without any. */
  readonly key: string;
  /** Once the upstream's status is known: a key that it refused (401) or throttled (429) rests a while. */
  answered(status: number, retryAfterMs: number | null): void;
  release(): void;
}

export interface AccountStanding {
  readonly id: string;
  /** Exchanges that are under way. */
  readonly inFlight: number;
  /** Unix milliseconds; null: it does not rest. */
  readonly restsUntilMs: number | null;
}

/** The pool of an upstream's keys, in this process. */
export class UpstreamAccounts {
  private readonly accounts = new Map<string, Account>();

  constructor(private readonly parts: UpstreamAccountsParts) {}

  get hasKeys(): boolean {
    return this.parts.keys().length > 0;
  }

  /** There is a key that does not rest, besides these. */
  hasReady(besides: ReadonlySet<string>): boolean {
    const now = this.now();
    return this.current().some(({ id, restsUntilMs }) => restsUntilMs <= now && !besides.has(id));
  }

  /**
   * @param id the key that has what the call needs; where it is gone any other may know it, because keys are
   *   rotated within a project
   * @throws GatewayError SERVICE_UNAVAILABLE when there is no key
   */
  take(id: string | null = null): AccountLease {
    const pool = this.current();
    const wanted = pool.find((one) => one.id === id);
    const account = wanted ?? chooseAccount(pool, this.now());
    if (!account) throw new GatewayError('SERVICE_UNAVAILABLE', NO_KEY);
    account.inFlight += 1;
    account.lastTurn = turnOf(account, pool);
    return {
      id: account.id,
      key: account.key,
      answered: (status, retryAfterMs) => {
        if (status === 401 || status === 429) this.rest(account, retryAfterMs);
        if (status === 401 || status === 403) this.parts.onRefused?.(account.id, status);
      },
      release: () => {
        account.inFlight -= 1;
      },
    };
  }

  /** Exchanges that are under way, by the key's id; also of keys that take none any more. */
  inFlight(): ReadonlyMap<string, number> {
    return new Map([...this.accounts.values()].map(({ id, inFlight }) => [id, inFlight]));
  }

  /** Each key as it stands, by its id; also of keys that take none any more and are still in use. */
  standing(): readonly AccountStanding[] {
    this.current();
    return [...this.accounts.values()].map(({ id, inFlight, restsUntilMs }) => ({
      id,
      inFlight,
      restsUntilMs: restsUntilMs > this.now() ? restsUntilMs : null,
    }));
  }

  private rest(account: Account, retryAfterMs: number | null): void {
    const restMs = Math.min(retryAfterMs ?? DEFAULT_REST_MS, MAX_REST_MS);
    account.restsUntilMs = Math.max(account.restsUntilMs, this.now() + restMs);
  }

  /** The accounts of the keys as they are now; one that was taken away is forgotten when it is idle. */
  private current(): Account[] {
    const keys = this.parts.keys();
    const ids = new Set(keys.map(({ id }) => id));
    for (const { id, inFlight } of this.accounts.values()) {
      if (inFlight === 0 && !ids.has(id)) this.accounts.delete(id);
    }
    return keys.map((key) => this.account(key));
  }

  private account(key: UpstreamKey): Account {
    const { id, weight } = key;
    const account = this.accounts.get(id) ?? {
      id,
      key: key.reveal(),
      inFlight: 0,
      restsUntilMs: 0,
      lastTurn: null,
      weight,
    };
    account.weight = weight;
    this.accounts.set(id, account);
    return account;
  }

  private now(): number {
    return this.parts.now?.() ?? Date.now();
  }
}

interface Account {
  readonly id: string;
  readonly key: string;
  weight: number;
  inFlight: number;
  restsUntilMs: number;
  lastTurn: number | null;
}

const NO_KEY =
  'The pass-through has no upstream key; the operator sets OPENAI_API_KEY or stores a key for openai.';
