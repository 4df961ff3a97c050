/** One origin that one tenant's callbacks go to: the unit of limits, breaker and reports. */
export interface ReceiverKey {
  readonly tenantId: string;
  readonly origin: string;
}

/**
 * How a receiver fares, kept in Postgres and so the same for every worker. Times are Unix milliseconds.
 * An unknown receiver is `NEW_RECEIVER`.
 */
export interface ReceiverHealth {
  /** Attempts at once: halved by time-outs and 429s, grown again by answers. */
  readonly atOnce: number;
  /** Attempts that may be begun now, and when that was counted: a bucket that fills with time. */
  readonly tokens: number;
  readonly tokensAt: number;
  /** It asked for a pause (`Retry-After`); null: none. */
  readonly pausedUntil: number | null;
  /** Faults in a row that lie with the receiver, and until when it is left alone for them. */
  readonly breaker: ReceiverBreaker | null;
  /** Of the first failure since the last success; null: it does well. */
  readonly failingSince: number | null;
  /** Failures since the last success. */
  readonly failures: number;
  readonly lastSuccessAt: number | null;
  readonly lastFailureAt: number | null;
  /** Policy, or a person, has it left alone for good; null: not. */
  readonly disabledAt: number | null;
}

/** What is taken of a receiver that nothing was sent to yet: it does well, and its bucket is full. */
export const NEW_RECEIVER: ReceiverHealth = {
  atOnce: 10,
  tokens: 0,
  tokensAt: 0,
  pausedUntil: null,
  breaker: null,
  failingSince: null,
  failures: 0,
  lastSuccessAt: null,
  lastFailureAt: null,
  disabledAt: null,
};

/** The shape of `Breaker` in `@app/outbound`. */
export interface ReceiverBreaker {
  readonly failures: number;
  readonly openUntil: number | null;
  readonly opened: number;
  readonly probing?: true;
}

/** What operators and tenants are shown of a receiver. */
export interface ReceiverReport extends ReceiverKey {
  readonly health: ReceiverHealth;
  /** Deliveries whose next attempt is due or to come. */
  readonly waiting: number;
}
