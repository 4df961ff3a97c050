/** An OpenAI-compatible upstream as it is configured, without its keys. */
export interface UpstreamSpec {
  /** `openai` is the one of the environment. */
  readonly name: string;
  /** Where `/v1` of the gateway leads; a trailing slash is ignored. */
  readonly baseUrl: string;
  /** Its share among targets of equal order that name no weight of their own; more than 0. */
  readonly weight: number;
  /** Whether streams are asked for their usage where the caller did not ask. */
  readonly injectUsage: boolean;
}

/** Somewhere a call may go. */
export interface RouteTarget {
  readonly upstream: string;
  /** What the model is called there; null: as the caller names it. */
  readonly model: string | null;
  /** Null: its upstream's. */
  readonly weight: number | null;
  /** Lower ones first; equal ones share by weight. */
  readonly order: number;
}

/** How long each part of an attempt may take, milliseconds. */
export interface Clocks {
  /** Until the connection, TLS included, stands. */
  readonly connectMs: number;
  /** From there until the answer's head is complete. */
  readonly headersMs: number;
  /** From the head until the first event of a stream that is no comment. */
  readonly firstTokenMs: number;
  /** Longest silence between two pieces of the answer's body. */
  readonly idleMs: number;
  /** The whole call, all attempts together. */
  readonly totalMs: number;
}

/**
 * `live`: bytes leave as they arrive. `complete`: a stream is held until the upstream finished it, so that
 * one that is cut can be asked for anew elsewhere.
 */
export const DELIVERIES = ['live', 'complete'] as const;
export type Delivery = (typeof DELIVERIES)[number];

/** What becomes of calls that name a model. */
export interface Route {
  /** A name or a glob (`gpt-5*`, `*`), as in policies: dots and dashes are alike, case makes no difference. */
  readonly model: string;
  /** At least one. */
  readonly targets: readonly RouteTarget[];
  /** How often a call may be sent once more, wherever; all attempts after the first together. */
  readonly retries: number;
  readonly timeouts: Clocks;
  readonly delivery: Delivery;
  /** A comment after so much silence towards the caller of a stream; 0: none. */
  readonly keepAliveMs: number;
}

/** Contract, section 6: five clocks and a retry budget of 2. An unstreamed answer may take minutes. */
export const DEFAULT_CLOCKS: Clocks = {
  connectMs: 5_000,
  headersMs: 600_000,
  firstTokenMs: 300_000,
  idleMs: 300_000,
  totalMs: 3_600_000,
};
export const DEFAULT_RETRIES = 2;
export const DEFAULT_KEEP_ALIVE_MS = 15_000;

/** The upstream of the environment. */
export const DEFAULT_UPSTREAM = 'openai';
