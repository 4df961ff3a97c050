/**
 * One request that passed authentication. Never a body, never a key, no query string. Counts and
 * times are whole numbers; null is what is not known or does not apply, never 0 for it.
 */
export interface AuditRow {
  readonly time: Date;
  /** Names the row: the same request stored twice is one row. */
  readonly requestId: string;
  /** The tenant's id. */
  readonly tenant: string;
  readonly keyPrefix: string;
  readonly method: string;
  readonly path: string;
  readonly model: string | null;
  readonly upstream: string | null;
  /** The answer's status; 499 where the client left before there was one. */
  readonly status: number;
  readonly errorCode: string | null;
  readonly latencyMs: number;
  /** Until the first byte of the answer's body. */
  readonly ttfbMs: number | null;
  readonly tokensIn: number | null;
  readonly tokensOut: number | null;
  readonly tokensCached: number | null;
  readonly costUsd: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly stream: boolean;
  readonly clientIp: string;
}

/** A row, and why its call went where it went: what `GET /v1/requests/{requestId}/explain` shows of it. */
export interface ExplainedRow extends AuditRow {
  /** JSON, without secrets; absent or null where nothing was decided beyond the row. */
  readonly explanation?: object | null;
}

/** Where audit rows go. */
export abstract class AuditStore {
  /**
   * Stores all rows or fails as a whole; a row whose `requestId` is stored already is left out, so
   * that a batch whose answer was lost is sent again. Failing means "not now": what a column cannot
   * hold was made to fit before (`fitRow`).
   */
  abstract insert(rows: readonly ExplainedRow[]): Promise<void>;
  /** Null: this tenant has no such row, whoever else has; one is stored some 200 ms after its call. */
  abstract find(tenant: string, requestId: string): Promise<ExplainedRow | null>;
}
