import type { ErrorCode } from '@app/errors';
import type { LimitState } from '@app/tenants';
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
  readonly refused: { readonly code: ErrorCode; readonly message: string } | null;
  /** `Idempotency-Key`: the answer was given again. */
  readonly replayed: boolean;
  readonly limits: {
    readonly before: readonly LimitState[];
    readonly after: readonly LimitState[];
  } | null;
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

export interface ExplainedPrice {
  readonly version: string;
  readonly lines: readonly {
    readonly unit: string;
    readonly units: number;
    readonly usdPerUnit: string | null;
    readonly usd: string | null;
  }[];
  readonly usd: string | null;
  /** Who says so: the provider, our estimate, nobody. */
  readonly source: 'provider' | 'estimated' | 'none';
}
