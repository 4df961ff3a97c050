/** A model of a vendor that keeps failing is left alone for a while, then tried with one task. Times are Unix milliseconds. */
export interface Breaker {
  /** Faults of the vendor in a row; a caller's own bad request is no fault. */
  readonly failures: number;
  /** Nothing is sent before then; null: closed. */
  readonly openUntil: number | null;
  /** How often it opened in a row: each time for longer. */
  readonly opened: number;
}
