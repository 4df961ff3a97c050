import type { RawHeaders } from '../raw-headers.js';

/** A key of a tenant. */
export interface ReplayKey {
  readonly tenantId: string;
  /** 1 to 255 bytes. */
  readonly key: string;
}

/** The call that holds a key; only its own ticket may change the row. */
export interface ReplayRef extends ReplayKey {
  readonly ticketId: string;
}

export interface NewReplay extends ReplayRef {
  /** SHA-256 of what was asked. */
  readonly fingerprint: Buffer;
  readonly requestId: string;
  /** Where its answer will be kept; no other row's. */
  readonly objectKey: string;
}

/**
 * `processing`: under way, and whoever does it is alive. `done`: its answer is kept. `too-large`, `unkept`: it
 * was answered, and the answer is not kept. `unknown`: an upstream may have done it, and the answer is lost;
 * also where whoever did it has not been heard of in time.
 */
export type ReplayState = 'processing' | 'done' | 'too-large' | 'unkept' | 'unknown';

export interface ReplayRow {
  readonly fingerprint: Buffer;
  readonly requestId: string;
  readonly state: ReplayState;
  readonly objectKey: string;
  /** Of one that is done. */
  readonly head: ReplayHead | null;
}

export interface ReplayHead {
  readonly status: number;
  readonly headers: RawHeaders;
}

/** How the first call ended; `head` and the bytes of the body where it is done. */
export type ReplayEnd =
  | { readonly state: 'done'; readonly head: ReplayHead; readonly bytes: number }
  | { readonly state: Exclude<ReplayState, 'processing' | 'done'> };

/**
 * The rows of calls with an `Idempotency-Key`. Leases and expiry go by the database's clock.
 * Every method: @throws GatewayError SERVICE_UNAVAILABLE when the database is away
 */
export abstract class ReplayStore {
  /** Takes the key for this call; one that has expired is free. Null: taken; else who has it. */
  abstract claim(replay: NewReplay): Promise<ReplayRow | null>;
  /** Those of these keys that are under way. */
  abstract underWay(keys: readonly ReplayKey[]): Promise<readonly ReplayKey[]>;
  /** They are still at work. */
  abstract renew(refs: readonly ReplayRef[]): Promise<void>;
  /** Once, also when its lease ran out meanwhile. False: the row is no longer this call's, or has ended. */
  abstract end(ref: ReplayRef, end: ReplayEnd): Promise<boolean>;
  /** The key is free again. */
  abstract release(ref: ReplayRef): Promise<void>;
}
