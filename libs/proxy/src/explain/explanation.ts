import type { ErrorCode } from '@app/errors';
import type { PriceUnit } from '@app/prices';
import type { LimitState, UsageSource } from '@app/tenants';
import type { Clocks, Delivery } from '../routing/route.js';

/** Why a call went where it went: what is stored of it, and what its tenant is shown. JSON; no secrets. */
export interface Explanation {
  /** The pattern of the route that was taken; null: none is configured for the model. */
  readonly route: string | null;
  readonly delivery: Delivery;
  readonly clocks: Clocks;
  readonly retries: { readonly allowed: number; readonly used: number };
  /** In the order in which they were to be asked. */
  readonly candidates: readonly ExplainedCandidate[];
  /** In the order in which they were made. */
  readonly attempts: readonly ExplainedAttempt[];
  /** Of policy, limits, ownership or idempotency, when that ended the call before it was sent. */
  readonly refused: ExplainedRefusal | null;
  /** `Idempotency-Key`: the answer was given again. */
  readonly replayed: boolean;
  /** Null: none was asked. */
  readonly limits: ExplainedLimits | null;
  /** What it was charged, line by line; null: nothing was. */
  readonly price: ExplainedPrice | null;
}

export interface ExplainedCandidate {
  readonly upstream: string;
  /** As it is called there; null: the call names none. */
  readonly model: string | null;
  /** `asked`, or why not: `spare` was not needed. */
  readonly state: 'asked' | 'skipped' | 'spare';
  /** A sentence, of skipped ones. */
  readonly why: string | null;
}

export interface ExplainedAttempt {
  readonly upstream: string;
  readonly model: string | null;
  /** Names the upstream's key and tells nothing of it. */
  readonly account: string;
  /** Milliseconds since the call began. */
  readonly startedMs: number;
  readonly connectedMs: number | null;
  readonly headMs: number | null;
  readonly firstTokenMs: number | null;
  readonly endedMs: number;
  /** Of the answer; null: none came. */
  readonly status: number | null;
  /** What became of it: `answered`, or the fault's name. */
  readonly outcome: string;
  /** What followed, a sentence. */
  readonly then: string;
  /** The upstream may have been paid for it. */
  readonly mayHaveRun: boolean;
}

/** As the caller was told. */
export interface ExplainedRefusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly param: string | null;
}

/**
 * What was left before the call and what once it had reserved its part: as it was counted at that moment, other
 * calls under way included. Of each limit the scope (tenant or key) with the least left. Both are the same where
 * a limit refused the call. Budgets are nano-USD.
 */
export interface ExplainedLimits {
  readonly before: readonly LimitLeft[];
  readonly after: readonly LimitLeft[];
}

export type LimitLeft = Pick<LimitState, 'name' | 'limit' | 'remaining'>;

export interface ExplainedPrice {
  /** Of the table that was in force when the call began. */
  readonly version: string;
  /** Each is rounded down to a whole nano-USD, so that they add up to `usd`. */
  readonly lines: readonly ExplainedPriceLine[];
  /** A decimal; null: the price is unknown. */
  readonly usd: string | null;
  /** Who says what was used: the provider, our estimate, nobody. */
  readonly source: UsageSource;
}

export interface ExplainedPriceLine {
  /** `bound`: what leads from the lines above to what the call was let through for, which it is charged at most. */
  readonly unit: PriceUnit | 'bound';
  readonly units: number;
  /** Decimals; null: unknown. */
  readonly usdPerUnit: string | null;
  readonly usd: string | null;
}
