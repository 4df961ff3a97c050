/** What the operator configures of every receiver. */
export interface ReceiverLimits {
  /** Attempts at once, over all workers. At least 1. */
  readonly atOnce: number;
  /** Attempts a second, over all workers. At least 1. */
  readonly perSecond: number;
  /** A receiver that has done nothing but fail for so long is left alone for good; null: never. */
  readonly disableAfterHours: number | null;
}
