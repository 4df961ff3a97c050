import type { Identity } from '@app/tenants';
import type { RawHeaders } from '../raw-headers.js';
import type { Clocks, Delivery } from '../routing/route.js';
import type { ExplainedLimits, ExplainedRefusal } from './explanation.js';

/** A call that somebody thinks of making. */
export interface ImaginedCall {
  readonly identity: Identity;
  readonly requestId: string;
  readonly method: string;
  /** Path and query, as the request line would have them. */
  readonly target: string;
  /** As the caller would send them, but for those that tell of the body's length. */
  readonly headers: RawHeaders;
  /** Null: none. */
  readonly body: Buffer | null;
}

/** What would become of it now. Nothing was sent for it, and nothing taken. */
export interface Simulation {
  /** What it would be answered without being sent; null: it would be sent. */
  readonly refused: (ExplainedRefusal & { readonly status: number }) | null;
  /** As the body names it. */
  readonly model: string | null;
  /** Null: it is refused before that is looked at. */
  readonly plan: SimulatedPlan | null;
  /** The call has an `Idempotency-Key`: an earlier call with it would be answered again in its place. */
  readonly looksUpReplay: boolean;
  readonly cost: SimulatedCost | null;
  /** Null: none is in force, or it is refused before they are looked at. */
  readonly limits: ExplainedLimits | null;
}

/** Of a call that is refused before anything is looked at. */
export const NOTHING_FOUND: Simulation = {
  refused: null,
  model: null,
  plan: null,
  looksUpReplay: false,
  cost: null,
  limits: null,
};

export interface SimulatedPlan {
  /** The pattern of the route; null: none is configured for the model. */
  readonly route: string | null;
  /** In the order in which they would be asked; equal ones are drawn by their weights anew for each call. */
  readonly candidates: readonly SimulatedCandidate[];
  /** Attempts after the first that it may have. */
  readonly retries: number;
  readonly clocks: Clocks;
  readonly delivery: Delivery;
  readonly keepAliveMs: number;
  /** Objects that it names live there, so that it goes nowhere else. */
  readonly pinned: string | null;
}

export interface SimulatedCandidate {
  readonly upstream: string;
  /** As it would be called there; null: the call names none. */
  readonly model: string | null;
  /** A sentence; null: it may be asked. */
  readonly skip: string | null;
  /** What would be changed in the body's bytes. */
  readonly rewrites: { readonly model: boolean; readonly usageAsked: boolean };
}

/** What it may use and cost at most, whoever of the candidates answers. */
export interface SimulatedCost {
  readonly tokens: number | null;
  readonly tokensOut: number | null;
  /** A decimal; null: unknown, and `unknown` says why. */
  readonly mostUsd: string | null;
  readonly unknown: string | null;
}
