/**
 * Whose limits count: a tenant, or one of its keys. Its id names its counters and its balance, so no
 * two scopes share any.
 */
export interface LimitScope {
  readonly id: string;
  readonly limits: Limits;
}

/** Whatever is absent is not limited. Budgets are whole nano-USD. */
export interface Limits {
  readonly requestsPerMinute?: number;
  readonly readsPerMinute?: number;
  readonly tokensPerMinute?: number;
  readonly maxConcurrentRequests?: number;
  readonly dailyBudgetNanoUsd?: number;
  readonly monthlyBudgetNanoUsd?: number;
}

/** What one call takes of each of its scopes. Whole numbers. */
export interface Cost {
  readonly requests: 0 | 1;
  readonly reads: 0 | 1;
  /** An upper bound. */
  readonly tokens: number;
  /** Open until it is settled or released. */
  readonly concurrent: 0 | 1;
  /** An upper bound; what `PendingCharge` says of it is kept until the ledger has it. */
  readonly nanoUsd: number;
}

export interface Reservation {
  /** Names it in every later call; a task's or a request's id. The same one again changes nothing. */
  readonly id: string;
  readonly scopes: readonly LimitScope[];
  readonly cost: Cost;
  /** What the ledger is to be told when nobody else tells it; absent: nothing was going to be paid. */
  readonly charge?: PendingCharge;
}

/** Money on its way to the ledger: enough to settle it at its estimate when its process has died. */
export interface PendingCharge {
  readonly tenantId: string;
  readonly keyId: string;
  readonly model: string;
  readonly provider: string;
  readonly priceVersion: string;
  /** The process that answers the request; it settles what is held once it is silent. Absent on tasks. */
  readonly owner?: string;
}

export type LimitName =
  'requests' | 'reads' | 'tokens' | 'concurrency' | 'daily-budget' | 'monthly-budget';

/** How one limit stands after the call; the tightest of the scopes. */
export interface LimitState {
  readonly name: LimitName;
  readonly limit: number;
  readonly remaining: number;
  /** Until the limit is whole again when nothing more is taken. */
  readonly resetMs: number;
}

export type LimitVerdict =
  | { readonly ok: true; readonly states: readonly LimitState[] }
  | {
      readonly ok: false;
      /** The limit in the way, and whose it is. */
      readonly refused: LimitState & { readonly scope: string };
      /** When the same call could be let through; null: not by waiting (it is larger than the limit). */
      readonly retryAfterMs: number | null;
      readonly states: readonly LimitState[];
    };

/**
 * All limits of a call at once: checked together, taken together or not at all; a refusal takes
 * nothing. Exact over all processes while Redis is up. Without it each process keeps count alone
 * (`LocalLimiter`), which is declared and shows in metrics.
 *
 * A budget counts what the ledger has (balance), and what is on its way there (pending). A pending
 * amount leaves only with a balance that has it (`confirm`), by `release`, or as a reaper finds it
 * expired; so a lost message makes a budget look smaller for a while, never larger.
 */
export abstract class Limiter {
  /** Asks nothing and is `ok` where no scope limits anything that the call costs. */
  abstract reserve(reservation: Reservation): Promise<LimitVerdict>;
  /** What `reserve` would answer; nothing is taken. */
  async check(reservation: Reservation): Promise<LimitVerdict> {
    const verdict = await this.reserve(reservation);
    if (verdict.ok) this.release(reservation.id);
    return verdict;
  }
  /** The request is being sent: from now on its money is not given back when the process dies. */
  abstract dispatched(id: string): void;
  /** Of what was reserved, this many tokens were used. The slot is free; money waits for `confirm`. Idempotent. */
  abstract settle(id: string, tokens: number): void;
  /** It was refused, replayed or never committed: everything is given back, as if it had not been. Idempotent. */
  abstract release(id: string): void;
  /** The ledger has these; `balances` were read after that. */
  abstract confirm(ids: readonly string[], balances: readonly Balance[]): Promise<void>;
}

/** What the ledger says of a scope. Whole nano-USD. */
export interface Balance {
  readonly scope: string;
  /** Grows with each change of this scope; an older one never replaces a newer one. */
  readonly version: bigint;
  /** `2026-11-23`, UTC; what is spent on another day counts as 0. */
  readonly day: string;
  readonly daySpent: bigint;
  /** `2026-11`, UTC. */
  readonly month: string;
  readonly monthSpent: bigint;
  readonly spent: bigint;
  readonly held: bigint;
}
