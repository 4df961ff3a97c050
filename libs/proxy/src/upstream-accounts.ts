import { GatewayError } from '@app/errors';
import { chooseAccount } from './choose-account.js';

/** How long a key rests after a refusal that names no time. */
const DEFAULT_REST_MS = 5_000;
/** Longest rest; a `Retry-After` of days must not take a key out until the process restarts. */
const MAX_REST_MS = 60_000;

/** The upstream's keys, comma separated; read anew for each request, because a secret may rotate. */
export interface KeyRing {
  reveal(): string;
}

/** One key, taken for one exchange. Give it back exactly once. */
export interface AccountLease {
  readonly key: string;
  /** The upstream refused the key (401) or its rate (429): others go first for a while. */
  rest(retryAfterMs: number | null): void;
  release(): void;
}

/** The pool of an upstream's keys, in this process. */
export class UpstreamAccounts {
  private readonly accounts = new Map<string, Account>();
  private turn = 0;

  constructor(
    private readonly keys: KeyRing,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws GatewayError SERVICE_UNAVAILABLE when no key is configured */
  take(): AccountLease {
    const account = chooseAccount(this.current(), this.now());
    if (!account) throw new GatewayError('SERVICE_UNAVAILABLE', NO_KEY);
    account.inFlight += 1;
    this.turn += 1;
    account.lastTurn = this.turn;
    return {
      key: account.key,
      rest: (retryAfterMs) => {
        const restMs = Math.min(retryAfterMs ?? DEFAULT_REST_MS, MAX_REST_MS);
        account.restsUntilMs = Math.max(account.restsUntilMs, this.now() + restMs);
      },
      release: () => {
        account.inFlight -= 1;
      },
    };
  }

  /** The accounts of the keys as they are now; one whose key was taken away is forgotten. */
  private current(): Account[] {
    const keys = new Set(splitKeys(this.keys.reveal()));
    for (const key of this.accounts.keys()) if (!keys.has(key)) this.accounts.delete(key);
    return [...keys].map((key) => this.account(key));
  }

  private account(key: string): Account {
    const known = this.accounts.get(key);
    if (known) return known;
    const account = { key, inFlight: 0, restsUntilMs: 0, lastTurn: 0 };
    this.accounts.set(key, account);
    return account;
  }
}

interface Account {
  readonly key: string;
  inFlight: number;
  restsUntilMs: number;
  lastTurn: number;
}

const splitKeys = (text: string): string[] =>
  text
    .split(',')
    .map((key) => key.trim())
    .filter((key) => key !== '');

const NO_KEY = 'The pass-through has no upstream key; the operator sets OPENAI_API_KEY.';
