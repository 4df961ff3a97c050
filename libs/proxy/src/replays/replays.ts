import type { Readable, Transform } from 'node:stream';
import type { ProxyCall } from '../proxy-call.js';
import type { RawHeaders } from '../raw-headers.js';

/** The first answer to a call, as it is given again. */
export interface StoredAnswer {
  readonly status: number;
  /** Those that the first caller got, but for its own request's (`x-taskgate-*`). */
  readonly headers: RawHeaders;
  /** Fails where what was kept is damaged; never just ends early. */
  readonly body: Readable;
}

/**
 * How a call with a key ended that was the first. Exactly one of the three follows; each is idempotent, and
 * resolves when that is certain or was tried for a minute. None throws. What it means for the next call depends
 * on the answer's status too: `afterFirst` says how.
 */
export interface ReplayTicket {
  /**
   * Takes a copy of what the caller gets; once. An answer that is too large to keep is passed on all the same,
   * and its repetition says so.
   */
  keep(answer: { readonly status: number; readonly headers: RawHeaders }): Transform;
  /** No copy is being made: draining the answer for its own sake is of no use. */
  readonly keepsNothing: boolean;
  /** An attempt was lost that may have been done: unless an answer is kept, nobody sends the call again. */
  doubt(): void;
  /** The answer was whole: it is the answer from now on. */
  done(): Promise<void>;
  /** Nothing was done for the call that could be paid for: the next one with the key is the first again. */
  release(): Promise<void>;
  /** The upstream may have done it, and what it answered is lost: nobody sends it again. */
  unknown(): Promise<void>;
}

export type ReplayStart =
  | { readonly kind: 'first'; readonly ticket: ReplayTicket }
  | { readonly kind: 'again'; readonly answer: StoredAnswer };

/** The first answers to calls with an `Idempotency-Key`. */
export abstract class Replays {
  /**
   * Null: the call has no key, or is none that is kept (not a POST). Waits a while for a first call that is
   * under way.
   * @throws GatewayError IDEMPOTENCY_KEY_PROCESSING, IDEMPOTENCY_OUTCOME_UNKNOWN, IDEMPOTENCY_KEY_MISMATCH,
   *   SERVICE_UNAVAILABLE with Postgres away; the signal's reason
   */
  abstract begin(call: ProxyCall, signal: AbortSignal): Promise<ReplayStart | null>;
}

/** Keys mean nothing. */
export const NO_REPLAYS: Replays = { begin: async () => null };
