/** What a vendor's throttling taught about an account. Times are Unix milliseconds. */
export interface AccountHealth {
  /** The in-flight limit after the last 429; it grows by one a quiet minute, to the configured one. */
  readonly limit: number;
  readonly throttledAt: number;
  /** Nothing is sent before then. */
  readonly coolUntil: number;
}
