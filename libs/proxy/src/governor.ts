import type { Identity } from '@app/tenants';
import type { ExplainedLimits, ExplainedPrice } from './explain/explanation.js';
import type { JudgedBody } from './judged-body.js';
import type { ObservedUsage } from './token-usage.js';

/** A call of the pass-through before it is sent, as far as limits and money look at it. */
export interface GovernedCall {
  readonly identity: Identity;
  readonly requestId: string;
  readonly method: string;
  /** Normalised, without the query. */
  readonly path: string;
  /** Null: no body, or one that is not read (multipart, larger than the limit). */
  readonly body: JudgedBody | null;
  /** USD, from `x-taskgate-max-cost`; null: none was given. */
  readonly maxCostUsd: number | null;
  /** Of limits, besides money and tokens; absent: one request, and a slot for as long as it is open. */
  readonly takes?: { readonly requests: 0 | 1; readonly slots: 0 | 1 };
  /**
   * Who may be asked, one after the other, and what each calls the model (null: the call names none).
   * Absent: the default upstream, with the model of the body.
   */
  readonly targets?: readonly AskedTarget[];
}

/** A model at an upstream. */
export interface AskedTarget {
  readonly upstream: string;
  readonly model: string | null;
}

/** What was let through. Exactly one of `settle` and `release` follows; each is idempotent. */
export interface Grant {
  /** For the answer: how the limits stand. */
  readonly headers: Readonly<Record<string, string>>;
  /** How they stood before it was let through and after; null: none is in force. */
  readonly limits: ExplainedLimits | null;
  /** The upstream is being asked: from now on it may cost. */
  dispatched(): void;
  /** It is over; what was seen of its usage, or that nothing was (`null`). Returns the cost for the audit row. */
  settle(outcome: Outcome): SettledCost;
  /** The upstream was never asked, or certainly got no whole request; also after `dispatched`. */
  release(): void;
}

export interface Outcome {
  /** Of the upstream's answer; null: none came. */
  readonly status: number | null;
  readonly usage: ObservedUsage;
  /** The answer ended early, or never came: the caller left, or the upstream broke off. */
  readonly cut: boolean;
  /** It ended because of the caller. What an upstream breaks off before it said anything is nobody's charge. */
  readonly callerLeft: boolean;
  /** Bytes of the answer's body. */
  readonly bytesOut: number;
  /** Who gave the answer, or was asked last. Absent: the first of `targets`. */
  readonly asked?: AskedTarget;
  /** Those asked before that may have done the work all the same. */
  readonly lost?: readonly AskedTarget[];
}

export interface SettledCost {
  /** Null: unknown, or it cost nothing that is priced. */
  readonly nanoUsd: number | null;
  /** The same line by line; null: nothing is charged. */
  readonly price: ExplainedPrice | null;
}

/** Limits, budgets and money of the pass-through: policy's verdict on the body, then the reservation. */
export abstract class Governor {
  /** @throws GatewayError POLICY_VIOLATION, RATE_LIMIT_EXCEEDED, BUDGET_EXCEEDED; then nothing was taken */
  abstract admit(call: GovernedCall): Promise<Grant>;
  /**
   * How limits would stand if the call came now; nothing is taken. Null: none is in force.
   * @throws as `admit` does
   */
  abstract check(call: GovernedCall): Promise<ExplainedLimits | null>;
}
